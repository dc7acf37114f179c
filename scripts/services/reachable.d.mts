export function kafkaAnswers(brokers: string, timeoutMs?: number): Promise<boolean>;
export function redisAnswers(url: string, timeoutMs?: number): Promise<boolean>;
export function freePorts(count: number): Promise<readonly number[]>;
