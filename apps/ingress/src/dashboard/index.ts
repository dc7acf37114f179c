export { DashboardController, PAGE } from './dashboard.controller.ts';
export { preparePage } from './page.ts';
export type { Page } from './page.ts';
