/** The environment variables of the SDKs in the syntax of each shell and file format. */

import { shellQuoted } from "../../publish/snippets/curl";
import { javaScript } from "../../publish/snippets/literal";

export type Environment = Record<string, string>;

export interface Format {
  id: string;
  text: string;
  /** Where the lines belong. */
  hint: string;
  write: (env: Environment) => string;
  /** Whether it is for a container, where `localhost` is the container itself. */
  inContainer?: true;
}

const lines = (env: Environment, line: (name: string, value: string) => string): string =>
  Object.entries(env)
    .map(([name, value]) => line(name, value))
    .join("\n");

export const FORMATS: Format[] = [
  {
    id: "shell",
    text: "Shell",
    hint: "bash, zsh and other POSIX shells",
    write: (env) => lines(env, (name, value) => `export ${name}=${shellQuoted(value)}`),
  },
  {
    id: "dotenv",
    text: ".env",
    hint: "A .env file, as Next.js, Vite, dotenv and others read it",
    write: (env) => lines(env, (name, value) => `${name}=${value.includes('"') ? shellQuoted(value) : `"${value}"`}`),
  },
  {
    id: "powershell",
    text: "PowerShell",
    hint: "Windows PowerShell and PowerShell 7",
    write: (env) => lines(env, (name, value) => `$env:${name} = '${value.replaceAll("'", "''")}'`),
  },
  {
    id: "cmd",
    text: "cmd",
    hint: "The command prompt of Windows",
    write: (env) => lines(env, (name, value) => `set "${name}=${value}"`),
  },
  {
    id: "fish",
    text: "fish",
    hint: "The fish shell",
    write: (env) =>
      lines(env, (name, value) => `set -gx ${name} '${value.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`),
  },
  {
    id: "json",
    text: "JSON",
    hint: "Editors, launch configurations and scripts",
    write: (env) => JSON.stringify(env, null, 2),
  },
  {
    id: "docker",
    text: "docker run",
    hint: "Options of docker run and podman run",
    write: (env) => Object.entries(env).map(([name, value]) => `-e ${name}=${shellQuoted(value)}`).join(" \\\n"),
    inContainer: true,
  },
  {
    id: "compose",
    text: "Compose",
    hint: "A service in compose.yaml",
    write: (env) => `environment:\n${lines(env, (name, value) => `  ${name}: ${javaScript(value)}`)}`,
    inContainer: true,
  },
];

export const CONTAINER_HOST = "host.docker.internal";

/** The variables with the address at which a container reaches a server on this machine. */
export function fromContainer(env: Environment): Environment {
  const url = env.QSTASH_URL;
  return url === undefined || !isLoopback(url) ? env : { ...env, QSTASH_URL: withHost(url) };
}

export function isLoopback(url: string): boolean {
  const { hostname } = new URL(url);
  return hostname === "localhost" || hostname.endsWith(".localhost") || hostname.startsWith("127.") || hostname === "[::1]";
}

function withHost(url: string): string {
  return url.replace(new URL(url).hostname, CONTAINER_HOST);
}
