import { resolve } from 'node:path';

/** The running shop that is tested, from outside: where each of its parts answers. */
export interface ShopAddress {
  readonly webUrl: string;
  readonly providerUrl: string;
  readonly controlUrl: string;
  readonly databaseUrl: string;
  readonly dataDir: string;
}

export class ShopAddressError extends Error {
  override readonly name = 'ShopAddressError';
  readonly code = 'SHOP_ADDRESS';
}

/** Of the shop that a run shares, at the provider: as in its secret key, `sk_test_<account>`. */
export const sharedAccount = (): string => process.env['E2E_ACCOUNT'] ?? 'local';

const NAMES = {
  webUrl: 'E2E_BASE_URL',
  providerUrl: 'E2E_PROVIDER_URL',
  controlUrl: 'E2E_CONTROL_URL',
  databaseUrl: 'E2E_DATABASE_URL',
  dataDir: 'E2E_DATA_DIR',
} as const satisfies Record<keyof ShopAddress, string>;

/** Leaves it where the workers, which are processes of their own, find it. */
export function publishAddress(address: ShopAddress): void {
  for (const [part, name] of Object.entries(NAMES)) process.env[name] = address[part as keyof ShopAddress];
}

/** @throws {ShopAddressError} the global setup has not run */
export function shopAddress(): ShopAddress {
  const read = (part: keyof ShopAddress): string => {
    const value = process.env[NAMES[part]];
    if (!value) throw new ShopAddressError(`${NAMES[part]} is not set`);
    return value;
  };
  return {
    webUrl: read('webUrl'),
    providerUrl: read('providerUrl'),
    controlUrl: read('controlUrl'),
    databaseUrl: read('databaseUrl'),
    dataDir: read('dataDir'),
  };
}

/** A shop that runs already: `E2E_BASE_URL` says where, and what else is not said is where `pnpm start` puts it. */
export function givenShop(): (Partial<ShopAddress> & Omit<ShopAddress, 'databaseUrl'>) | undefined {
  const webUrl = process.env[NAMES.webUrl];
  if (!webUrl) return undefined;
  const databaseUrl = process.env[NAMES.databaseUrl] ?? process.env['DATABASE_URL'];
  return {
    webUrl: webUrl.replace(/\/+$/, ''),
    providerUrl: process.env[NAMES.providerUrl] ?? 'http://127.0.0.1:4242',
    controlUrl: process.env[NAMES.controlUrl] ?? 'http://127.0.0.1:4243',
    dataDir: resolve(process.env[NAMES.dataDir] ?? '../.data'),
    ...(databaseUrl && { databaseUrl }),
  };
}
