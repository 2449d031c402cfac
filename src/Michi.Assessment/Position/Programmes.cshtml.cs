using Michi.Platform.Accounts;
using Michi.Platform.Tables;
using Microsoft.AspNetCore.Mvc;

namespace Michi.Assessment.Position;

/// <summary>Support programmes at city and country level, each with the gaps it answers.</summary>
[Allow(Right.ViewPlace)]
internal sealed class ProgrammesPage : DiagnosisPage
{
    public override string Step => "direct";

    /// <summary>The programmes as a file, a line for each gap one answers.</summary>
    public IActionResult OnGetTable(string? format) => TableDownload.Answer(format, $"{Place.Slug}-programmes", PageTable.Of(T["programmes.title"],
        PageTable.Headers(T, "programme-level", "programme", "field", "instruments", "code", "element", "target", "below"),
        D.Programmes.OrderBy(p => p.Programme.Level, StringComparer.Ordinal).SelectMany(p => p.Gaps.Select(gap => (IReadOnlyList<TableCell>)
        [
            Words.Name("programmeLevels", p.Programme.Level), Words.Name("programmes", p.Programme.Id), Words.Name("programmeDomains", p.Programme.Domain),
            string.Join("\n", p.Programme.Instruments.Select(i => Words.Name("instruments", i))), gap.Element.Element.Id, Words.Name("elements", gap.Element.Element.Id),
            (D.NextStage ?? D.Stage).Level, gap.Below,
        ]))));
}
