// A plot of a few lines over time as an SVG: small, and readable on light and on dark pages.
using System.Globalization;
using System.Text;

namespace Rdfe.Bench.Soak;

internal sealed record SoakLine(string Name, IReadOnlyList<(double X, double Y)> Points);

internal static class SoakPlot
{
    private const int Width = 720;
    private const int Height = 240;
    private const int Left = 64;
    private const int Right = 16;
    private const int Top = 40;
    private const int Bottom = 32;
    private static readonly string[] Colours = ["#2f7ed8", "#d9822b", "#2e9e5b", "#b04fc4", "#c23b3b", "#7a7a7a"];

    /// <param name="unit">Of the values.</param>
    /// <param name="logarithmic">For lines that are far apart.</param>
    public static string Draw(string title, string unit, IReadOnlyList<SoakLine> lines, bool logarithmic = false)
    {
        var most = Math.Max(1e-9, lines.SelectMany(l => l.Points).Max(p => p.Y));
        var last = Math.Max(1e-9, lines.SelectMany(l => l.Points).Max(p => p.X));
        double Scale(double y) => logarithmic ? Math.Log10(1 + Math.Max(0, y)) : y;
        var ticks = logarithmic
            ? Enumerable.Range(0, (int)Math.Ceiling(Math.Log10(1 + most)) + 1).Select(e => e == 0 ? 0 : Math.Pow(10, e)).ToList()
            : Ticks(most);
        var top = Scale(ticks[^1]);
        double X(double x) => Left + x / last * (Width - Left - Right);
        double Y(double y) => Height - Bottom - Scale(y) / top * (Height - Top - Bottom);
        var svg = new StringBuilder();
        svg.Append(CultureInfo.InvariantCulture, $"""
            <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {Width} {Height}" width="{Width}" height="{Height}" role="img" aria-label="{title}">
            <style>text {"{"} font: 11px sans-serif; fill: #444; {"}"} .t {"{"} font-weight: bold; font-size: 13px; {"}"} .g {"{"} stroke: #8886; stroke-width: 1; {"}"} .l {"{"} fill: none; stroke-width: 1.6; {"}"}
            @media (prefers-color-scheme: dark) {"{"} text {"{"} fill: #ccc; {"}"} {"}"}</style>
            <text class="t" x="{Left}" y="16">{title}</text>

            """);
        foreach (var tick in ticks)
        {
            svg.Append(CultureInfo.InvariantCulture,
                $"<line class=\"g\" x1=\"{Left}\" x2=\"{Width - Right}\" y1=\"{Y(tick):0.0}\" y2=\"{Y(tick):0.0}\"/><text x=\"{Left - 6}\" y=\"{Y(tick) + 4:0.0}\" text-anchor=\"end\">{tick:#,0.##}</text>\n");
        }

        foreach (var tick in Ticks(last).Where(t => t <= last))
        {
            svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{X(tick):0.0}\" y=\"{Height - 14}\" text-anchor=\"middle\">{tick:0.##}</text>\n");
        }

        svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{Width - Right}\" y=\"{Height - 2}\" text-anchor=\"end\">minutes</text><text x=\"{Left}\" y=\"{Top - 8}\" text-anchor=\"end\">{unit}</text>\n");
        var at = Left + 24;
        foreach (var (line, i) in lines.Select((l, i) => (l, i)))
        {
            var colour = Colours[i % Colours.Length];
            var points = string.Join(' ', line.Points.Select(p => string.Create(CultureInfo.InvariantCulture, $"{X(p.X):0.0},{Y(p.Y):0.0}")));
            svg.Append(CultureInfo.InvariantCulture, $"<polyline class=\"l\" stroke=\"{colour}\" points=\"{points}\"/><text x=\"{at}\" y=\"32\" style=\"fill:{colour}\">{line.Name}</text>\n");
            at += 16 + 7 * line.Name.Length;
        }

        return svg.Append("</svg>\n").ToString();
    }

    // Four or five round numbers, from nothing to a little more than the most.
    private static List<double> Ticks(double most)
    {
        var raw = most / 4;
        var power = Math.Pow(10, Math.Floor(Math.Log10(raw)));
        var step = new[] { 1, 2, 2.5, 5, 10 }.Select(f => f * power).First(s => s >= raw);
        var ticks = new List<double>();
        for (var i = 0; i == 0 || ticks[^1] < most; i++)
        {
            ticks.Add(i * step);
        }

        return ticks;
    }
}
