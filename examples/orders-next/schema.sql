create table orders (id uuid primary key default gen_random_uuid(), customer text not null, sku text not null);
