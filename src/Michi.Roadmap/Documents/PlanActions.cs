using Michi.Platform;
using Michi.Platform.Documents;

namespace Michi.Roadmap.Documents;

/// <summary>Documents and files of a plan, as links on a page (<c>_PlanActions.cshtml</c>).</summary>
/// <param name="Documents">The documents there are beside the one shown, then the plan as PDF and for other programs.</param>
/// <param name="CanPrint">Whether this machine can make a PDF.</param>
internal sealed record PlanActions(IReadOnlyList<(string Name, string Href)> Documents, IReadOnlyList<(string Name, string Href)> Files, bool CanPrint)
{
    /// <param name="plan">The plan shown; null for the roadmap of the place.</param>
    /// <param name="shown"><c>summary</c> or <c>report</c>, whichever the page shows; null for neither.</param>
    public static PlanActions Of(PlacePage page, Guid? plan, string? shown)
    {
        var (t, only) = (page.T, plan is null ? "" : $"plan={plan}");
        return new(
            [.. Kinds.Where(k => k != shown).Select(k => (t[$"plan-report.to-{k}"], page.Here(With($"roadmap/{k}", only)))), .. shown is null ? [] : new[] { (t["roadmap.title"], page.Here(plan is null ? "roadmap" : $"plans/{plan}")) }],
            [.. PlanWriter.Offered.Select(e => (t[$"plan-report.as.{e}"], page.Here(With($"roadmap.{e}", e == "pdf" && shown == "summary" ? "kind=summary" : "", only))))],
            PdfPrinter.Browser() is not null);
    }

    private static readonly string[] Kinds = ["summary", "report"];

    private static string With(string path, params string[] query) => query.Where(q => q.Length > 0).ToList() is { Count: > 0 } some ? $"{path}?{string.Join('&', some)}" : path;
}
