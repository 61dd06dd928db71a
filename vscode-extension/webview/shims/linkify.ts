// Stands in for the search for addresses in text, which is off: links in answers are those that are written as links. Only in
// the bundle; see esbuild.mjs.
export class LinkifyIt {
  test(): boolean {
    return false;
  }
  pretest(): boolean {
    return false;
  }
  match(): null {
    return null;
  }
}
export default LinkifyIt;
