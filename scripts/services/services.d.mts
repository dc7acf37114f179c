export interface UpOptions {
  /** Data, pids and logs. */
  readonly folder?: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly ports?: { readonly kafka?: number | undefined; readonly redis?: number | undefined };
  /** Told about slow steps. */
  readonly say?: (text: string) => void;
}
export interface FoundService {
  readonly how: 'given' | 'docker' | 'local' | 'none';
  /** Brokers (`host:port,...`) or a Redis URL. */
  readonly address?: string;
  readonly pid?: number;
  readonly variable?: string;
  readonly up: boolean;
}
export interface FoundServices {
  readonly kafka: FoundService;
  readonly redis: FoundService;
}
export const SERVICES_FOLDER: string;
export const KAFKA_JARS: string;
export function up(options?: UpOptions): Promise<FoundServices>;
export function down(options?: Pick<UpOptions, 'folder' | 'say'>): Promise<readonly string[]>;
export function look(options?: Pick<UpOptions, 'folder' | 'env'>): Promise<FoundServices>;
