import react from '@vitejs/plugin-react';
import { convertCssVariables, DEFAULT_THEME, defaultCssVariablesResolver, mergeMantineTheme } from '@mantine/core';
import type { Plugin } from 'vite';
import { defineConfig } from 'vitest/config';
import { theme } from './src/theme.ts';

// The theme as a style sheet: Mantine would write it into the page, which the server's policy refuses.
function themeCss(): Plugin {
  const name = 'virtual:theme.css';
  return {
    name: 'theme-css',
    resolveId: (id) => (id === name ? `\0${name}` : undefined),
    load: (id) =>
      id === `\0${name}`
        ? convertCssVariables(defaultCssVariablesResolver(mergeMantineTheme(DEFAULT_THEME, theme)), ':root', ':host')
        : undefined,
  };
}

export default defineConfig({
  plugins: [react(), themeCss()],
  build: { target: 'es2022', assetsInlineLimit: 0, modulePreload: { polyfill: false } },
  server: { proxy: { '/api': process.env.REPRISE_URL ?? 'http://127.0.0.1:8080' } },
  test: { environment: 'node', include: ['src/**/*.test.ts', 'src/**/*.test.tsx'] },
});
