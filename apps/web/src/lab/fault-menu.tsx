import { SCENARIOS, type ScenarioId } from './scenarios.ts';

export function FaultMenu({
  chosen,
  onChoose,
  isBusy,
}: {
  chosen: ScenarioId;
  onChoose: (id: ScenarioId) => void;
  isBusy: boolean;
}) {
  return (
    <fieldset className="lab-faults" disabled={isBusy}>
      <legend className="legend">Fault</legend>
      <div>
        {SCENARIOS.map(({ id, name, says }) => (
          <label key={id}>
            <span>{name}</span>
            <input type="radio" name="fault" value={id} checked={id === chosen} onChange={() => onChoose(id)} />
            <small>{says}</small>
          </label>
        ))}
      </div>
      <p className="lab-says">{SCENARIOS.find(({ id }) => id === chosen)?.says}</p>
    </fieldset>
  );
}
