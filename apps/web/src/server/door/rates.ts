/** So many in so long. */
export interface Rate {
  readonly times: number;
  readonly seconds: number;
}

/** What must not be done too often, and how often somebody may. */
export interface Rates {
  /** A press of Pay that would begin or go on with a payment; never one that is answered from what is stored. */
  readonly pay: Limit;
  /** A promotion code that is tried: they can be guessed. */
  readonly promotion: Limit;
  /** An event whose signature is wrong. */
  readonly badEvent: Limit;
}

/** For one guest or customer, and for all who come from one network. */
export interface Limit {
  principal: Rate;
  network: Rate;
}

export const DEFAULT_RATES: Rates = {
  pay: { principal: { times: 100, seconds: 60 }, network: { times: 600, seconds: 60 } },
  promotion: { principal: { times: 20, seconds: 600 }, network: { times: 100, seconds: 600 } },
  badEvent: { principal: { times: 60, seconds: 60 }, network: { times: 60, seconds: 60 } },
};
