-- What `vim.lsp.enable('codecompass')` starts. `vim.lsp.config('codecompass', {…})` adds to it.

return require('codecompass.server').config()
