import prettier from 'eslint-config-prettier';
import { defineConfig } from 'eslint/config';
import tseslint from 'typescript-eslint';

export default defineConfig(
  { ignores: ['dist/', 'node_modules/', '**/*.mjs', '**/*.cjs'] },
  ...tseslint.configs.strictTypeChecked,
  ...tseslint.configs.stylisticTypeChecked,
  {
    languageOptions: {
      parserOptions: {
        project: ['./tsconfig.json', './webview/tsconfig.json', './test/tsconfig.json'],
        tsconfigRootDir: import.meta.dirname,
      },
    },
    rules: {
      // A number in a text is no mistake.
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      // Handing on what gives nothing, to end a branch, is short and clear.
      '@typescript-eslint/no-confusing-void-expression': 'off',
      // An empty text counts as none, on purpose.
      '@typescript-eslint/prefer-nullish-coalescing': 'off',
      // `as` says which type is meant.
      '@typescript-eslint/non-nullable-type-assertion-style': 'off',
      '@typescript-eslint/no-unnecessary-type-parameters': 'off',
      // VS Code takes anything that can be disposed of.
      '@typescript-eslint/no-unsafe-class-instance-assignment': 'off',
      '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: { arguments: false } }],
      'no-console': 'error',
      eqeqeq: 'error',
    },
  },
  prettier,
);
