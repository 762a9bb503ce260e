"""The employer's pages: server-rendered, plain words, and working without JavaScript."""
