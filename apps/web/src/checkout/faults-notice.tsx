import { useEffect, useRef } from 'react';
import type { CountryForm } from './countries.ts';
import { type Fault, type Field, labelsOf } from './form.ts';

const NAMES: Readonly<Record<Exclude<Field, 'postalCode' | 'city' | 'region'>, string>> = {
  email: 'Email',
  name: 'Full name',
  line1: 'Address',
  line2: 'Apartment, floor',
  country: 'Country',
};
const COUNTS = ['No', 'One', 'Two', 'Three', 'Four', 'Five', 'Six', 'Seven', 'Eight'];

interface FaultsNoticeProps {
  readonly faults: readonly Fault[];
  readonly country: CountryForm;
}

/** What needs a correction, with the way there. Takes the focus, so that it is read and the keyboard is in the right place. */
export function FaultsNotice({ faults, country }: FaultsNoticeProps) {
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (faults.length > 0) box.current?.focus();
  }, [faults]);
  if (faults.length === 0) return null;
  const names = { ...NAMES, ...labelsOf(country) };
  return (
    <div ref={box} className="notice care" role="alert" tabIndex={-1}>
      <span className="self-start font-bold text-care">!</span>
      <div>
        <h2 className="font-medium text-body">
          {COUNTS[faults.length]} {faults.length === 1 ? 'field needs' : 'fields need'} a correction. Nothing was sent.
        </h2>
        <ul className="text-small">
          {faults.map(({ field, message }) => (
            <li key={field}>
              <a href={`#${field}`} className="inline-block py-0.5">
                {names[field]}: {message.charAt(0).toLowerCase() + message.slice(1)}
              </a>
            </li>
          ))}
        </ul>
      </div>
    </div>
  );
}
