import { actionsByPlace } from '../../faults/actions.ts';
import type { FaultEngine } from '../../faults/engine.ts';
import type { ArmedFault } from '../../faults/rules.ts';
import { declineCodes, instrumentNames } from '../../instruments.ts';
import { type Html, html } from './html.ts';
import { button, code, page, state, table, time } from './layout.ts';

/** Arms a fault for an order, a card or whatever comes next; shows what is armed, and what it has hit. */
export function faultsPage(
  faults: FaultEngine,
  given: { account?: string | undefined; order?: string | undefined },
): string {
  const { account = '', order = '' } = given;
  const back = '/arm';
  return page(
    '/arm',
    'Faults',
    html`<section><h2>Arm a fault</h2>${armForm(account, order)}</section>
<section><h2>Let time pass</h2>
<form class="arm" method="post" action="/clock/advance"><input type="hidden" name="back" value="${back}">
<label>Hours <input name="hours" inputmode="decimal" required value="25"></label>
<label>Account (all, if empty) <input name="account" value="${account}" autocomplete="off"></label>
<button>Advance the clock</button></form></section>
<section><h2>Armed</h2>${table(
      ['When', 'Fault', 'For', 'Hits', 'Do'],
      faults
        .list()
        .toReversed()
        .slice(0, 100)
        .map((rule) => [
          time(rule.armedAt),
          code(actionText(rule)),
          code(matchText(rule)),
          hits(rule),
          button(`/faults/${rule.id}/remove`, 'Remove', back),
        ]),
    )}</section>`,
  );
}

function armForm(account: string, order: string): Html {
  const options = (names: readonly string[]) => names.map((name) => html`<option>${name}</option>`);
  const groups = actionsByPlace().map(
    ([place, names]) => html`<optgroup label="${place}">${options(names)}</optgroup>`,
  );
  const choice = (value: string, label: string, isChosen: boolean) =>
    html`<label class="choice"><input type="radio" name="scope" value="${value}"${isChosen && html` checked`}> ${label}</label>`;
  return html`<form class="arm" method="post" action="/arm"><input type="hidden" name="back" value="/arm">
<fieldset><legend>For</legend>
${choice('next', 'the next payment', order === '')}
${choice('order', 'an order', order !== '')}
<label>Order <input name="order" value="${order}" autocomplete="off"></label>
${choice('card', 'a card', false)}
<label>Card <select name="card">${options(instrumentNames())}</select></label>
<label>Account (any, if empty) <input name="account" value="${account}" autocomplete="off"></label></fieldset>
<label>Fault <select name="action">${groups}</select></label>
<label>Times <input name="times" inputmode="numeric" size="4"></label>
<label>Milliseconds <input name="ms" inputmode="numeric" size="8"></label>
<label>Decline code <select name="code"><option value="">–</option>${options(declineCodes())}</select></label>
<button>Arm</button>
<p class="none">Leave empty what the fault has no use for. One reset proves little: the SDK sends once more by itself.</p></form>`;
}

function hits({ hits: count, times, expiresAt }: ArmedFault): Html {
  const isOver = count >= times || (expiresAt !== null && expiresAt <= Date.now());
  return html`${state(`${count} of ${times}`, count > 0 ? 'bad' : isOver ? '' : 'open')}${isOver ? ' over' : ''}`;
}

function actionText({ action: { name, ...options } }: ArmedFault): string {
  return [name, ...Object.entries(options).map(([option, value]) => `${option}=${String(value)}`)].join(' ');
}

function matchText({ match }: ArmedFault): string {
  const parts = Object.entries(match).map(([name, value]) => `${name}=${value}`);
  return parts.length === 0 ? 'whatever comes next' : parts.join(' ');
}
