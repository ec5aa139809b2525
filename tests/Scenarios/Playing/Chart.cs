// The picture of availability over time: one line a tenant, the SLA dashed, hours below, per cent at the left.
using System.Globalization;
using System.Text;
using NodaTime;

namespace Rdfe.Scenarios.Playing;

internal static class Chart
{
    private const int Width = 1000;
    private const int Height = 488;
    private const int Left = 64;
    private const int Right = 150;
    private const int Top = 76;
    private const int Bottom = 52;

    // Colours that people with any kind of colour vision can tell apart (Okabe and Ito), on white.
    private static readonly string[] Colours =
        ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000", "#7F7F7F"];

    public static string Draw(Availability availability, string title)
    {
        var samples = availability.Samples;
        var (from, to) = (samples[0].At, samples[^1].At);
        double X(Duration at) => Left + ((Width - Left - Right) * (at - from).TotalSeconds / Math.Max(1, (to - from).TotalSeconds));
        static double Y(double percent) => Top + ((Height - Top - Bottom) * (100 - percent) / 100);

        var svg = new StringBuilder();
        void Add(FormattableString element) => svg.Append(FormattableString.Invariant(element)).Append('\n');
        void Text(double x, double y, string text, string anchor = "middle", string colour = "#333") =>
            Add($"<text x=\"{x:0.#}\" y=\"{y:0.#}\" text-anchor=\"{anchor}\" fill=\"{colour}\">{text}</text>");

        Add($"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {Width} {Height}\" font-family=\"sans-serif\" font-size=\"13\">");
        Add($"<rect width=\"{Width}\" height=\"{Height}\" fill=\"#fff\"/>");
        Add($"<text x=\"{Left}\" y=\"22\" font-size=\"16\" fill=\"#111\">{title}</text>");
        for (var percent = 0; percent <= 100; percent += 20)
        {
            Add($"<line x1=\"{Left}\" x2=\"{Width - Right}\" y1=\"{Y(percent):0.#}\" y2=\"{Y(percent):0.#}\" stroke=\"#ddd\"/>");
            Text(Left - 8, Y(percent) + 4, $"{percent} %", "end");
        }

        var step = Math.Max(1, (int)Math.Ceiling((to - from).TotalHours / 14));
        for (var hour = (int)Math.Ceiling(from.TotalHours); hour <= to.TotalHours; hour += step)
        {
            var x = X(Duration.FromHours(hour));
            Add($"<line x1=\"{x:0.#}\" x2=\"{x:0.#}\" y1=\"{Height - Bottom}\" y2=\"{Height - Bottom + 5}\" stroke=\"#333\"/>");
            Text(x, Height - Bottom + 20, hour.ToString(CultureInfo.InvariantCulture));
        }

        Text((Left + Width - Right) / 2.0, Height - 12, "hours of fabric time; healthy instances of those that each tenant shall have");
        var ends = new double[3];
        foreach (var (at, name) in availability.Marks.Where(m => m.At >= from && m.At <= to))
        {
            Add($"<line x1=\"{X(at):0.#}\" x2=\"{X(at):0.#}\" y1=\"{Top}\" y2=\"{Height - Bottom}\" stroke=\"#999\" stroke-dasharray=\"2 3\"/>");
            // Names that would run into each other take turns in rows.
            var row = Array.FindIndex(ends, end => end < X(at) - (name.Length * 3.5));
            row = row < 0 ? 0 : row;
            ends[row] = X(at) + (name.Length * 3.5);
            Text(X(at), Top - 8 - (row * 14), name, colour: "#666");
        }

        Add($"<line x1=\"{Left}\" x2=\"{Width - Right}\" y1=\"{Y(Availability.Sla):0.#}\" y2=\"{Y(Availability.Sla):0.#}\" stroke=\"#c00\" stroke-width=\"1.5\" stroke-dasharray=\"6 4\"/>");
        Text(Width - Right + 8, Y(Availability.Sla) - 4, "SLA " + Availability.Percent(Availability.Sla), "start", "#c00");
        for (var t = 0; t < availability.Tenants.Count; t++)
        {
            var (tenant, colour) = (availability.Tenants[t], Colours[t % Colours.Length]);
            var points = samples.Select(s => (s.At, Share: Availability.Of(s, tenant))).Where(p => p.Share is not null)
                .Select(p => FormattableString.Invariant($"{X(p.At):0.#},{Y(p.Share!.Value):0.#}"));
            Add($"<polyline fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\" points=\"{string.Join(' ', points)}\"/>");
            var legend = Top + 24 + (t * 22);
            Add($"<line x1=\"{Width - Right + 10}\" x2=\"{Width - Right + 34}\" y1=\"{legend}\" y2=\"{legend}\" stroke=\"{colour}\" stroke-width=\"3\"/>");
            Text(Width - Right + 40, legend + 4, tenant, "start");
        }

        return svg.Append("</svg>\n").ToString();
    }
}
