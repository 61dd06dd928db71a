use expect_test::expect;

use super::check;
use crate::language::Language;

#[test]
fn definitions_and_references() {
    check(
        Language::Notebook,
        r##"
{
 "cells": [
  {"cell_type": "markdown", "metadata": {}, "source": ["# Title\n", "text"]},
  {"cell_type": "code", "execution_count": 1, "metadata": {}, "outputs": [{"cells": []}], "source": ["def f(x):\n", "    return x"]}
 ],
 "metadata": {"kernelspec": {"name": "python3", "language": "python"}, "cells": [1]},
 "nbformat": 4
}
"##,
        &expect![[r#"
            cell cell 1 (markdown) 4-4
            cell cell 2 (code) 5-5
            refers to: 
        "#]],
    );
}
