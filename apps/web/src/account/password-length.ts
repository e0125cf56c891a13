/** The form says it, the server means it. */
export const PASSWORD_LENGTH = { min: 10, max: 128 } as const;
