import { json } from "./json.ts";

/**
 * Keep is what the browser remembers of one widget: in localStorage, so for all
 * pages and tabs of the site. Where that is not allowed it forgets with the page.
 */
export class Keep {
  private readonly fallback = new Map<string, string>();
  readonly prefix: string;

  constructor(key: string) {
    this.prefix = `switchboard:${key}:`;
  }

  get<T>(name: string): T | undefined {
    const text = this.read(this.prefix + name);
    try {
      return text == null ? undefined : (JSON.parse(text) as T);
    } catch {
      return undefined; // not ours
    }
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
    try {
      localStorage.removeItem(this.prefix + name);
    } catch {
      // nothing was kept there
    }
  }

  /** names lists what begins with a text, in order. */
  names(begins: string): string[] {
    const all = [...this.fallback.keys()];
    try {
      all.push(...Object.keys(localStorage));
    } catch {
      // only the fallback
    }
    const whole = this.prefix + begins;
    return all
      .filter((k) => k.startsWith(whole))
      .map((k) => k.slice(this.prefix.length))
      .sort();
  }

  private read(name: string): string | null | undefined {
    try {
      return localStorage.getItem(name) ?? this.fallback.get(name);
    } catch {
      return this.fallback.get(name);
    }
  }
}

/** Files that wait to be sent are kept in IndexedDB: they are too big for localStorage. */
export class Files {
  private readonly memory = new Map<string, Blob>();

  constructor(private readonly name: string) {}

  async put(id: string, file: Blob): Promise<void> {
    this.memory.set(id, file);
    await this.act("readwrite", (s) => s.put(file, id)).catch(() => undefined);
  }

  async get(id: string): Promise<Blob | undefined> {
    return this.memory.get(id) ?? (await this.act<Blob | undefined>("readonly", (s) => s.get(id)).catch(() => undefined));
  }

  async remove(id: string): Promise<void> {
    this.memory.delete(id);
    await this.act("readwrite", (s) => s.delete(id)).catch(() => undefined);
  }

  private act<T>(mode: IDBTransactionMode, work: (s: IDBObjectStore) => IDBRequest): Promise<T> {
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
