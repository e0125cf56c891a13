/** What a shop would have that nobody has thought of retries for. */
export const NAIVE_TABLES = `
  create schema naive;
  create table naive.orders (
    cart_id text primary key,
    status text not null,
    changed_at timestamptz not null default statement_timestamp()
  );
  create table naive.shipments (
    id bigint generated always as identity primary key,
    cart_id text not null,
    created_at timestamptz not null default statement_timestamp()
  );
  -- Not the shop's: what became of each row, for the diagram.
  create table naive.history (
    id bigint generated always as identity primary key,
    at timestamptz not null default statement_timestamp(),
    what text not null
  );
  create function naive.remember() returns trigger language plpgsql as $$
  begin
    insert into naive.history (what) values (
      case tg_table_name when 'orders' then 'order ' || (to_jsonb(new) ->> 'status') else 'print shipped' end);
    return new;
  end $$;
  create trigger remember after insert or update on naive.orders for each row execute function naive.remember();
  create trigger remember after insert on naive.shipments for each row execute function naive.remember();`;
