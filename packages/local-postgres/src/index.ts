import { openEmbedded } from './embedded.ts';
import { checkExternal } from './external.ts';

export { LocalPostgresError, type LocalPostgresErrorCode } from './errors.ts';

export interface LocalPostgres {
  /** `postgres://…`, with a password: do not print it. */
  readonly url: string;
  /** `external`: `databaseUrl`. `started`: by this call. `adopted`: another process had started it. */
  readonly kind: 'external' | 'started' | 'adopted';
  /** The postmaster's; absent for `external`. */
  readonly pid?: number;
  /** Shuts down a `started` server and waits for it; does nothing to the other kinds. May be called twice. */
  readonly stop: () => Promise<void>;
  /** How a `started` server ended (`SIGKILL`, `exit code 1`) that nobody had asked to. Undefined for the other kinds. */
  readonly died?: Promise<string> | undefined;
}

export interface OpenPostgresOptions {
  /** Made if it is not there. Holds the cluster (`pg`) and the server's log (`postgres.log`). */
  readonly dataDir: string;
  /** Made if it is not there; `once` unless said. Not used for `databaseUrl`, which names its own. */
  readonly database?: string;
  /** The value of DATABASE_URL. Set and not empty: this server is checked and used, none is started. */
  readonly databaseUrl?: string | undefined;
  /** For a server started here; any free one unless said. */
  readonly port?: number;
  /** Server parameters (`postgres -c`) that win over the defaults, for a server started here. */
  readonly settings?: Readonly<Record<string, string>>;
  /** What works but deserves a word, one line each. Unless given: `process.emitWarning`. */
  readonly onWarning?: (message: string) => void;
}

/**
 * The database at DATABASE_URL where that is set, otherwise a Postgres 18 from npm with its cluster in `dataDir`.
 *
 * A server started here is durable (fsync, synchronous_commit and full_page_writes on), listens on 127.0.0.1 only, asks
 * for a password, shuts down when the thread that started it ends, however it ends, and is the only one on its cluster:
 * whoever else opens the same `dataDir` meanwhile adopts it.
 *
 * @throws {LocalPostgresError} with a `code` per cause; nothing is left running.
 */
export async function openPostgres(options: OpenPostgresOptions): Promise<LocalPostgres> {
  const warn = options.onWarning ?? ((message: string) => process.emitWarning(message));
  if (options.databaseUrl !== undefined && options.databaseUrl !== '') {
    await checkExternal(options.databaseUrl, warn);
    return { url: options.databaseUrl, kind: 'external', stop: async () => {} };
  }
  return openEmbedded({ ...options, database: options.database ?? 'once', settings: options.settings ?? {}, warn });
}
