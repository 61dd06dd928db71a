std = 'luajit'
read_globals = { 'vim' }
-- These are set through it: options and variables of buffers and windows.
globals = { 'vim.bo', 'vim.wo', 'vim.b', 'vim.w', 'vim.g', 'vim.o', 'vim.opt' }
max_line_length = 128
self = false
