import { createRoot } from 'react-dom/client';
import { App } from './app';
import { language } from './text';
import './mantine.css';
import 'virtual:theme.css';
import './styles.css';
import './places.css';
import './restore.css';

document.documentElement.lang = language;
createRoot(document.getElementById('root')!).render(<App />);
