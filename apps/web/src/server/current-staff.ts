import { currentShopper } from './request.ts';
import { enterAsStaff, type Staff, type StaffCheck } from './staff.ts';
import { storefront } from './storefront.ts';

// Apart from `staff`: the API also runs where there is no Next to ask for the request.

/** For pages and route handlers: whose request this is, if they are staff. */
export async function currentStaff(): Promise<Staff | undefined> {
  const check = await currentStaffCheck();
  return check.kind === 'staff' ? check.staff : undefined;
}

export async function currentStaffCheck(): Promise<StaffCheck> {
  const { session } = await currentShopper();
  return await enterAsStaff(session, storefront());
}
