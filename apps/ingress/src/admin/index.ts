export { AdminServer } from './admin-server.ts';
export type { AdminOptions } from './admin-server.ts';
export { createAdmin } from './create-admin.ts';
