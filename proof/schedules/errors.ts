export type ScheduleErrorCode = 'NOT_AT_GATE' | 'STUCK' | 'ID_UNKNOWN' | 'NOT_MODELLED' | 'THREAD_ENDED';

/** The scheduler itself cannot go on: a schedule of code that has changed, or a stage that does not hold. */
export class ScheduleError extends Error {
  override readonly name = 'ScheduleError';
  readonly code: ScheduleErrorCode;

  constructor(code: ScheduleErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
