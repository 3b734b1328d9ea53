import { json } from "./json.ts";

/** attempt returns what work returns, or undefined if it throws, as where storage is not allowed. */
function attempt<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}

/** tabStorage is sessionStorage that ignores errors, as where it is not allowed. */
export const tabStorage = {
  get: (name: string) => attempt(() => sessionStorage.getItem(name)),
  set: (name: string, value: string) => attempt(() => sessionStorage.setItem(name, value)),
  remove: (name: string) => attempt(() => sessionStorage.removeItem(name)),
};

/**
 * WidgetStorage stores one widget's data in localStorage, so for all
 * pages and tabs of the site, or in memory where that is not allowed.
 */
export class WidgetStorage {
  private readonly fallback = new Map<string, string>();
  readonly prefix: string;

  constructor(key: string) {
    this.prefix = `switchboard:${key}:`;
  }

  get<T>(name: string): T | undefined {
    const text = this.read(this.prefix + name);
    return text === undefined ? undefined : attempt(() => JSON.parse(text) as T); // else it is not ours
  }

  set(name: string, value: unknown): void {
    const text = json(value);
    try {
      localStorage.setItem(this.prefix + name, text);
    } catch {
      this.fallback.set(this.prefix + name, text);
    }
  }

  remove(name: string): void {
    this.fallback.delete(this.prefix + name);
    attempt(() => {
      localStorage.removeItem(this.prefix + name);
    });
  }

  /** names lists the names that begin with a prefix, in order. */
  names(begins: string): string[] {
    const all = [...this.fallback.keys(), ...(attempt(() => Object.keys(localStorage)) ?? [])];
    const whole = this.prefix + begins;
    return all
      .filter((k) => k.startsWith(whole))
      .map((k) => k.slice(this.prefix.length))
      .sort();
  }

  private read(name: string): string | undefined {
    return attempt(() => localStorage.getItem(name)) ?? this.fallback.get(name);
  }
}

/** FileStore keeps pending files in IndexedDB: they are too big for localStorage. */
export class FileStore {
  private readonly memory = new Map<string, Blob>();

  constructor(private readonly name: string) {}

  async put(id: string, file: Blob): Promise<void> {
    this.memory.set(id, file);
    await this.transact("readwrite", (s) => s.put(file, id)).catch(() => undefined);
  }

  async get(id: string): Promise<Blob | undefined> {
    return this.memory.get(id) ?? (await this.transact<Blob | undefined>("readonly", (s) => s.get(id)).catch(() => undefined));
  }

  async remove(id: string): Promise<void> {
    this.memory.delete(id);
    await this.transact("readwrite", (s) => s.delete(id)).catch(() => undefined);
  }

  private transact<T>(mode: IDBTransactionMode, work: (s: IDBObjectStore) => IDBRequest): Promise<T> {
    return new Promise((resolve, reject) => {
      const open = indexedDB.open(this.name, 1);
      open.onupgradeneeded = () => open.result.createObjectStore("files");
      open.onerror = () => {
        reject(new Error("no store"));
      };
      open.onsuccess = () => {
        const tx = open.result.transaction("files", mode);
        const asked = work(tx.objectStore("files"));
        tx.oncomplete = () => {
          open.result.close();
          resolve(asked.result as T);
        };
        tx.onerror = tx.onabort = () => {
          open.result.close();
          reject(new Error("not kept"));
        };
      };
    });
  }
}
