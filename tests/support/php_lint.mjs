// What does another version of PHP say to these files? The real PHP, built for WebAssembly.
// node php_lint.mjs 7.4 FILE... : prints what PHP printed, one JSON object {file: text}.
import { File } from 'node:buffer';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

// Debian 12 has Node 18, where this is not yet a global name; 20 is needed otherwise.
globalThis.File ??= File;

const [folder, version, ...files] = process.argv.slice(2);
const require = createRequire(join(folder, 'package.json'));
const load = (name) => import(pathToFileURL(require.resolve(name)).href);
const named = (module) => module.default ?? module;

const { loadPHPRuntime, PHP } = named(await load('@php-wasm/universal'));
const build = named(await load(`@php-wasm/node-${version.replace('.', '-')}`));
const php = new PHP(await loadPHPRuntime(await build.getPHPLoaderModule()));
php.writeFile('/php.ini', '');

const said = {};
for (const file of files) {
  // Outside of Typecho every file ends at its first statement: it is compiled, not run.
  php.writeFile('/file.php', readFileSync(file));
  const code = "<?php error_reporting(-1); ini_set('display_errors', '1'); include '/file.php';";
  try {
    said[file] = (await php.run({ code })).text.trim();
  } catch (error) {
    said[file] = String(error.response ? error.response.text : error).trim();
  }
}
said.version = (await php.run({ code: '<?php echo PHP_VERSION;' })).text;
process.stdout.write(JSON.stringify(said));
process.exit(0);
