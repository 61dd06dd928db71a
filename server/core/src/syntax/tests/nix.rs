use expect_test::expect;

use super::check;
use crate::language::Language;

#[test]
fn definitions_and_references() {
    check(
        Language::Nix,
        r#"
# doc
{ lib, pkgs, ... }:
let
  add = x: y: x + y;
  version = "1.0";
in {
  imports = [ ./a.nix ];
  services.nginx.enable = true;
  packages.default = pkgs.stdenv.mkDerivation { pname = "x"; src = fetchurl { url = "y"; }; };
  helper = { a, b }: add a b;
  "quoted" = 1;
  inherit version;
}
"#,
        &expect![[r#"
            function add 5-5
            variable packages.default 10-10
            function helper 11-11
            refers to: mkDerivation fetchurl add
        "#]],
    );
}
