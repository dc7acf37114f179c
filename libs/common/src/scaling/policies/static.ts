import type { Policy } from '../policy.ts';

/** Holds the size that the pipeline file asks for, and says when the stage runs with another. */
export const staticPolicy: Policy = ({ executors }, { maximum }) => {
  if (executors === undefined) return { desired: maximum, reason: `holds ${maximum}, as the file says; the fleet did not say what runs` };
  if (executors === maximum) return { desired: maximum, reason: `holds ${maximum}, as the file says` };
  return { desired: maximum, reason: `wants ${maximum}, as the file says; ${executors} are ready` };
};
