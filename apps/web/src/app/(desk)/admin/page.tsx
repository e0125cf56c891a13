import { currentStaff } from '#server/staff.ts';

export default async function Admin() {
  if (!(await currentStaff())) return null;
  return <h1 className="pt-4 pb-6 text-head">Admin</h1>;
}
