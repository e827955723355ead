// The page's scripts. Gradio lays the page out; they show its views and run the chat.
import "./settings.js";
import "./views.js";
import "./chat.js";
import "./chats.js";
import "./check.js";
import "./copy.js";
import "./tips.js";
import "./keys.js";
import "./documents.js";
import "./upload.js";
import "./feedback.js";
import "./map.js";
import "./source.js";
import "./beside.js";
