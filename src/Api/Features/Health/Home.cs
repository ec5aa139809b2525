// The page at /: what this is and where to go. Static, and nothing in it comes from elsewhere.
using Rdfe.Api.Http;

namespace Rdfe.Api.Features.Health;

public static class Home
{
    private const string Page = """
        <!doctype html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>Rdfe</title>
        <style>
        :root { color-scheme: light dark; --ink: #1b2733; --paper: #f6f8fa; --card: #fff; --line: #d8dee4; --blue:
          #0b62c4; }
        @media (prefers-color-scheme: dark) {
          :root { --ink: #e6edf3; --paper: #0d1117; --card: #161b22; --line: #30363d; --blue: #58a6ff; } }
        * { box-sizing: border-box; }
        body { margin: 0; font: 16px/1.55 system-ui, sans-serif; color: var(--ink); background: var(--paper); }
        main { max-width: 60rem; margin: 0 auto; padding: 4rem 1.5rem; }
        h1 { font-size: 2.4rem; margin: 0 0 .5rem; letter-spacing: -.02em; }
        .lead { font-size: 1.15rem; max-width: 44rem; margin: 0 0 2.5rem; opacity: .85; }
        .cards { display: grid; gap: 1rem; grid-template-columns: repeat(auto-fit, minmax(15rem, 1fr)); }
        .cards a { display: block; padding: 1.2rem; border: 1px solid var(--line); border-radius: .6rem;
          background: var(--card); color: inherit; text-decoration: none; }
        .cards a:hover, .cards a:focus-visible { border-color: var(--blue); outline: none; }
        .cards strong { display: block; color: var(--blue); margin-bottom: .2rem; }
        h2 { margin: 3rem 0 .8rem; font-size: 1.2rem; }
        pre { overflow-x: auto; padding: 1.1rem; border: 1px solid var(--line); border-radius: .6rem; background:
          var(--card);
          font: 14px/1.5 ui-monospace, monospace; }
        </style>
        </head>
        <body>
        <main>
        <h1>Rdfe</h1>
        <p class="lead">A cloud's front end and fabric controller in one program: it takes subscriptions, services and
        virtual machines, places them on clusters, heals what breaks, and updates every host underneath without ever
        taking two update domains of a role down at once.</p>
        <div class="cards">
        <a href="/swagger"><strong>Try the API</strong>Every route, with its documents and problems.</a>
        <a href="/swagger/v1/swagger.json"><strong>OpenAPI document</strong>For generators and linters.</a>
        <a href="/health/ready"><strong>Health</strong>Whether requests are served.</a>
        </div>
        <h2>Quick start</h2>
        <pre>export RDFE_URL=http://127.0.0.1:5080
        export RDFE_KEY=&hellip;   # Rdfe:OperatorKey, or operator.key in the data folder
        id=$(cat /proc/sys/kernel/random/uuid)

        curl -X PUT $RDFE_URL/subscriptions/$id -H "Authorization: Bearer $RDFE_KEY" \
             -H 'Content-Type: application/json' -d '{ "displayName": "First" }'

        curl $RDFE_URL/subscriptions/$id/quotas -H "Authorization: Bearer $RDFE_KEY"</pre>
        </main>
        </body>
        </html>
        """;

    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapMethods("/", Door.ReadMethods, () => Results.Text(Page, "text/html", System.Text.Encoding.UTF8))
        .Needs(Access.Anonymous)
        .ExcludeFromDescription();
}
