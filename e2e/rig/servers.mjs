// SPDX-License-Identifier: EUPL-1.2
// @ts-check

// The web servers that today's portals run, asking for a client certificate in the ways that they do.

import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { join } from "node:path";
import { Program } from "./program.mjs";
import { until } from "./wait.mjs";

/** @typedef {import("./rig.mjs").Rig} Rig */

/** The head of each page. Without its icon Firefox asks for one later, in a connection that may come when the PIN counts no more. */
export const pageHead = "<!doctype html><title>Portale</title><link rel='icon' href='data:,'>";

/** Starts Apache with one virtual host. @param {Rig} rig @param {string} name @param {string[]} host what it says of client certificates */
export async function startApache(rig, name, ...host) {
  const dir = room(rig, name), port = await freePort();
  const modules = "/usr/lib/apache2/modules";
  const page = `${pageHead}<p>CN=<!--#echo var="SSL_CLIENT_S_DN_CN" -->`;
  for (const place of [join(dir, "www"), join(dir, "www", "area")]) {
    mkdirSync(place);
    writeFileSync(join(place, "index.html"), page);
  }
  const builtIn = ["mpm_event", "authz_core", "dir", "mime", "include", "ssl", "socache_shmcb"];
  writeFileSync(join(dir, "apache.conf"), `
ServerRoot ${dir}
ServerName portal.test
PidFile ${dir}/apache.pid
ErrorLog ${dir}/error.log
User nobody
Group nogroup
${builtIn.map((module) => `LoadModule ${module}_module ${modules}/mod_${module}.so`).join("\n")}
TypesConfig /etc/mime.types
Listen 127.0.0.1:${port}
KeepAlive Off
SSLSessionCache none
SSLSessionTickets Off
DocumentRoot ${dir}/www
<Directory ${dir}/www>
  Options +Includes
  AddOutputFilter INCLUDES .html
</Directory>
SSLEngine on
SSLOptions +StdEnvVars
SSLCertificateFile ${rig.tls.cert}
SSLCertificateKeyFile ${rig.tls.key}
SSLCACertificateFile ${rig.cards.authority}
${host.join("\n")}
`);
  await serve(rig, dir, port, "apache2", ["-D", "FOREGROUND", "-f", join(dir, "apache.conf")], "error.log");
  return `https://portal.test:${port}/`;
}

/** Starts nginx with one server. @param {Rig} rig @param {string} name @param {string[]} server what it says of client certificates */
export async function startNginx(rig, name, ...server) {
  const dir = room(rig, name), port = await freePort();
  const places = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map((kind) => `${kind}_temp_path ${dir}/${kind};`);
  writeFileSync(join(dir, "nginx.conf"), `
pid ${dir}/nginx.pid;
error_log ${dir}/error.log;
daemon off;
worker_processes 1;
events {}
http {
  ${places.join("\n  ")}
  access_log off;
  default_type text/html;
  keepalive_timeout 0;
  server {
    listen 127.0.0.1:${port} ssl;
    ssl_certificate ${rig.tls.cert};
    ssl_certificate_key ${rig.tls.key};
    ssl_client_certificate ${rig.cards.authority};
    ssl_session_cache off;
    ssl_session_tickets off;
    ${server.join("\n    ")}
    location / { return 200 "${pageHead}<p>$ssl_client_s_dn"; }
  }
}
`);
  await serve(rig, dir, port, "nginx", ["-c", join(dir, "nginx.conf"), "-p", dir, "-e", join(dir, "error.log")], "error.log");
  return `https://portal.test:${port}/`;
}

/** A directory that the server's own user can read. @param {Rig} rig @param {string} name */
function room(rig, name) {
  chmodSync(rig.dir, 0o711);
  const dir = join(rig.dir, name);
  mkdirSync(dir);
  chmodSync(dir, 0o755);
  return dir;
}

/**
 * Runs a server until the rig ends, or these tests do.
 * @param {Rig} rig @param {string} dir @param {number} port @param {string} program @param {string[]} args @param {string} log
 */
async function serve(rig, dir, port, program, args, log) {
  const server = new Program(join(rig.logs, `${program}.log`), rig.env, join("/usr/sbin", program), args);
  rig.endings.push(async () => server.stop());
  await until(`${program} to listen`, async () => {
    if (!server.running) {
      const file = join(dir, log);
      throw new Error(`${program} ended: ${server.output}${existsSync(file) ? readFileSync(file, "utf8") : ""}`);
    }
    return listening(port);
  });
}

/** @param {number} port @returns {Promise<boolean>} */
async function listening(port) {
  return new Promise((answer) => {
    const socket = connect(port, "127.0.0.1", () => { socket.destroy(); answer(true); });
    socket.once("error", () => { answer(false); });
  });
}

/** @returns {Promise<number>} */
async function freePort() {
  return new Promise((answer) => {
    const probe = createServer().listen(0, "127.0.0.1", () => {
      const address = probe.address();
      probe.close(() => { answer(typeof address === "object" ? address?.port ?? 0 : 0); });
    });
  });
}
