// Whoever asks here is a program: a page of the shop would be no answer, and its scripts are not let run here.

const missing = () =>
  Response.json({ errorCode: 'NOT_FOUND' }, { status: 404, headers: { 'cache-control': 'no-store' } });

export const dynamic = 'force-dynamic';
export { missing as DELETE, missing as GET, missing as PATCH, missing as POST, missing as PUT };
