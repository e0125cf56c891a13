// What an application gives to `once-idempotency resolve`.
import postgres from 'postgres';
import { postgresJs } from '../../src/adapters/postgres-js.ts';
import { createOnce } from '../../src/index.ts';
import { durablePayment } from '../durable-payment.ts';

const url = process.env['DATABASE_URL'] ?? '';
const sql = postgres(url, { max: 2, onnotice: () => {} });
const provider = postgres(url, { max: 1, onnotice: () => {} });

export const once = createOnce({ database: postgresJs(sql), services: { provider } });
export const workflows = [durablePayment];
export const close = async () => void (await Promise.all([sql.end(), provider.end()]));
