// Stands in for a library that the language client asks one question: whether the editor is new enough. `engines` in package.json
// has answered that before we are loaded. Only in the bundle; see esbuild.mjs.
module.exports = () => true;
