interface ChoiceProps {
  readonly group: string;
  readonly value: string;
  readonly name: string;
  readonly says?: string;
  readonly end: string;
  readonly mono?: boolean;
  readonly chosen: boolean;
  readonly disabled?: boolean;
}

/** One of several, as a row. Its name is the name alone; price and explanation describe it. */
export function Choice({ group, value, name, says, end, mono = false, chosen, disabled = false }: ChoiceProps) {
  const id = `${group}-${value}`;
  return (
    <label className="choice">
      <input
        type="radio"
        name={group}
        value={value}
        defaultChecked={chosen}
        disabled={disabled && !chosen}
        aria-labelledby={`${id}-name`}
        aria-describedby={says === undefined ? `${id}-end` : `${id}-says ${id}-end`}
      />
      <span id={`${id}-name`}>{name}</span>
      <span className={`end ${mono ? 'mono' : ''}`} id={`${id}-end`}>
        {end}
      </span>
      {says !== undefined && <small id={`${id}-says`}>{says}</small>}
    </label>
  );
}
