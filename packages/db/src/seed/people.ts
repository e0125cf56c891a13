import { seededId } from './seeded.ts';

/** Somebody who bought here as a guest. Nobody of them exists; the addresses end in a domain that cannot be registered. */
export interface Person {
  readonly cartId: string;
  readonly since: Date;
  readonly email: string;
  readonly name: string;
  readonly line1: string;
  readonly postalCode: string;
  readonly city: string;
  readonly country: string;
}

const SINCE = new Date(Date.UTC(2026, 0, 4, 12));

const ROWS = [
  ['Mira Lindqvist', 'Katarinavägen 14', '116 45', 'Stockholm', 'SE'],
  ['Jonas Aubel', 'Oranienstraße 61', '10969', 'Berlin', 'DE'],
  ['Inês Carvalho', 'Rua da Boavista 102', '1200-067', 'Lisboa', 'PT'],
  ['Tomás Rey', 'Calle del Pez 9', '28004', 'Madrid', 'ES'],
  ['Aoife Brennan', '7 Capel Street', 'D01 W2X3', 'Dublin', 'IE'],
  ['Wout Verbeke', 'Nationalestraat 88', '2000', 'Antwerpen', 'BE'],
  ['Elif Sander', 'Schulterblatt 31', '20357', 'Hamburg', 'DE'],
  ['Matteo Gallo', 'Via Savona 40', '20144', 'Milano', 'IT'],
  ['Camille Fournier', '18 rue des Récollets', '75010', 'Paris', 'FR'],
  ['Ona Ferrer', 'Carrer de Verdi 23', '08012', 'Barcelona', 'ES'],
  ['Piet de Jong', 'Eerste Oosterparkstraat 5', '1091 GT', 'Amsterdam', 'NL'],
  ['Hanna Virtanen', 'Fleminginkatu 12', '00530', 'Helsinki', 'FI'],
  ['Lukas Steiner', 'Neubaugasse 44', '1070', 'Wien', 'AT'],
  ['Maja Kowalska', 'Ząbkowska 27', '03-736', 'Warszawa', 'PL'],
  ['Sofie Holm', 'Jægersborggade 19', '2200', 'København', 'DK'],
  ['Nikos Laskaris', 'Emmanouil Benaki 76', '106 81', 'Athína', 'GR'],
  ['Petra Novotná', 'Krymská 30', '101 00', 'Praha', 'CZ'],
  ['Ruben Claes', 'Brugsepoortstraat 3', '9000', 'Gent', 'BE'],
] as const;

export const PEOPLE: readonly Person[] = ROWS.map(([name, line1, postalCode, city, country]) => ({
  cartId: seededId(`cart:${name}`, SINCE),
  since: SINCE,
  email: `${plain(name)}@example.org`,
  name,
  line1,
  postalCode,
  city,
  country,
}));

/** `Inês Carvalho` → `ines.carvalho`. */
function plain(name: string): string {
  return name.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase().replaceAll(' ', '.');
}
