// For the tests of applications and of adapters: the entry, its names one by one.
export { ageBy, makeDue } from './testing/age.ts';
export type { ContractCase, Opened, Subject } from './testing/contract.ts';
export { contract } from './testing/contract.ts';
export type { At } from './testing/crash.ts';
export { CrashError, crashAt, stallAt } from './testing/crash.ts';
export type { AfterMishap, CrashTrial } from './testing/every-crash.ts';
export { everyCrash, MishapError } from './testing/every-crash.ts';
export type { Cut, Link } from './testing/link.ts';
export { openLink } from './testing/link.ts';
export { crashPoints, planOf } from './testing/plan.ts';
