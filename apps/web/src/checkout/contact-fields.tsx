import type { HTMLInputAutoCompleteAttribute, HTMLInputTypeAttribute } from 'react';
import { COUNTRIES, type CountryForm } from './countries.ts';
import { type Fault, type Field, labelsOf } from './form.ts';
import type { Checkout } from './use-checkout.ts';

interface ContactFieldsProps {
  readonly checkout: Checkout;
  /** The one that is chosen: what an address consists of there, and what its parts are called. */
  readonly country: CountryForm;
  readonly faults: readonly Fault[];
}

/** Who buys, and where to. The browser keeps what is typed: nothing here is lost when the page is drawn again. */
export function ContactFields({ checkout, country, faults }: ContactFieldsProps) {
  const { contact, frozen } = checkout;
  const labels = labelsOf(country);
  const props = (field: Field) => ({
    field,
    frozen,
    value: contact[field] ?? '',
    fault: faults.find((fault) => fault.field === field)?.message,
  });
  return (
    <>
      <section className="stack gap-4">
        <h2 className="text-title">Contact</h2>
        {frozen && (
          <p className="text-ink-2 text-small">
            The order is fixed since you first pressed Pay. To change anything but the card, cancel it and start again.
          </p>
        )}
        <TextField
          {...props('email')}
          label="Email"
          type="email"
          autoComplete="email"
          inputMode="email"
          hint="For the receipt and the certificate."
        />
      </section>
      <section className="stack gap-4">
        <h2 className="text-title">Shipping address</h2>
        <div className="fields">
          <CountryField {...props('country')} />
          <TextField {...props('name')} label="Full name" autoComplete="shipping name" wide />
          <TextField
            {...props('line1')}
            label="Address"
            autoComplete="shipping address-line1"
            hint="Street and number."
            wide
          />
          <TextField
            {...props('line2')}
            label="Apartment, floor (optional)"
            autoComplete="shipping address-line2"
            wide
          />
          <TextField
            {...props('postalCode')}
            label={labels.postalCode}
            autoComplete="shipping postal-code"
            inputMode={/^\d+$/.test(country.postcode) ? 'numeric' : 'text'}
          />
          <TextField {...props('city')} label={labels.city} autoComplete="shipping address-level2" />
          <TextField
            {...props('region')}
            label={country.region?.required === false ? `${labels.region} (optional)` : labels.region}
            autoComplete="shipping address-level1"
            wide
            // Kept in the page: who chooses another country by mistake finds it again.
            absent={!country.region}
          />
        </div>
      </section>
    </>
  );
}

interface FieldProps {
  readonly field: Field;
  readonly value: string;
  readonly frozen: boolean;
  readonly fault: string | undefined;
}

interface TextFieldProps extends FieldProps {
  readonly label: string;
  readonly autoComplete: HTMLInputAutoCompleteAttribute;
  readonly type?: HTMLInputTypeAttribute;
  readonly inputMode?: 'email' | 'numeric' | 'text';
  readonly hint?: string;
  readonly wide?: boolean;
  readonly absent?: boolean;
}

function TextField({
  field,
  value,
  frozen,
  fault,
  label,
  hint,
  wide = false,
  absent = false,
  type = 'text',
  ...input
}: TextFieldProps) {
  const described = [hint && `${field}-hint`, fault && `${field}-fault`].filter(Boolean).join(' ');
  return (
    <div className={`field ${wide ? 'w' : ''}`} hidden={absent}>
      <label htmlFor={field}>{label}</label>
      <input
        {...input}
        className="input"
        id={field}
        name={field}
        type={type}
        defaultValue={value}
        readOnly={frozen}
        dir="auto"
        aria-invalid={fault ? true : undefined}
        aria-describedby={described || undefined}
      />
      {hint && (
        <p className="hint" id={`${field}-hint`}>
          {hint}
        </p>
      )}
      <FaultText field={field} fault={fault} />
    </div>
  );
}

function CountryField({ field, value, frozen, fault }: FieldProps) {
  return (
    <div className="field w">
      <label htmlFor={field}>Country</label>
      <select
        className="input"
        id={field}
        name={field}
        autoComplete="shipping country"
        defaultValue={value || COUNTRIES[0].code}
        disabled={frozen}
        aria-invalid={fault ? true : undefined}
        aria-describedby={fault ? `${field}-fault` : undefined}
      >
        {COUNTRIES.map(({ code, name }) => (
          <option key={code} value={code}>
            {name}
          </option>
        ))}
      </select>
      <FaultText field={field} fault={fault} />
    </div>
  );
}

function FaultText({ field, fault }: Pick<FieldProps, 'field' | 'fault'>) {
  if (!fault) return null;
  return (
    <p className="fault" id={`${field}-fault`}>
      {fault}
    </p>
  );
}
