using System.Text;
using Michi.Assessment.Profiles;

namespace Michi.Assessment.Reports;

/// <summary>The essence of a report as plain text, for a terminal.</summary>
internal static class ReportText
{
    public static string Write(ReportModel model)
    {
        var (t, pack, of) = (model.T, model.Pack, model.Of);
        var text = new StringBuilder();
        void Line(string line = "") => text.AppendLine(line);
        void Head(string head) => text.AppendLine().AppendLine(head);

        Line($"{t["report.title", model.PlaceName]} · {t["report.as-of", of.Input.On]}");
        if (of.IsPreliminary) Line($"{t["report.preliminary"]}{t["report.stop"]}{t["report.preliminary-text"]}");
        if (model.IsDemonstration) Line($"{t["report.demonstration"]}{t["report.stop"]}{t["report.demonstration-text"]}");

        Head(t["report.stage"]);
        foreach (var stage in of.Input.Pack.Stages)
            Line($"  {Bar(of.StageProbabilities[stage.Index])} {model.Percent(of.StageProbabilities[stage.Index]),4}  {pack.Name("stages", stage.Id)}{(stage == of.Stage ? $"  ← {t["report.most-likely"]}" : "")}");

        Head(t["report.position"]);
        Line($"  {t["report.characteristic"]}: {pack.Name("characteristics", of.Characteristic.Id)} {t[of.Characteristic.IsConfirmed ? "report.confirmed" : "report.suggested"]}");
        Line($"  {t["report.maturity"]}: {string.Join(t["report.or"], of.PossibleMaturities.Select(m => pack.Name("maturities", m.Id)))} · {model.ScoreOf(of.Whole)}");
        Line($"  {t["report.direction"]}: {pack.Name("directions", of.Direction)}");
        Line($"  {t["report.scale-up"]}: {string.Join(t["report.and"], of.ScaleUps.Select(s => pack.Name("scaleUps", s.Id)))}");

        Head(t["report.strengths"]);
        foreach (var element in model.Strengths) Line($"  {Named(element)}  {model.LevelOf(element)}");
        if (model.Strengths.Count == 0) Line($"  {t["report.no-strengths"]}");

        Head(t["report.gaps"]);
        foreach (var element in model.Gaps)
        {
            Line($"  {Named(element)}  {model.LevelOf(element)}");
            if (model.LiftOf(element) is { } lift) Line($"     → {lift}");
        }
        if (model.Gaps.Count == 0) Line($"  {t["report.no-gaps"]}");

        Head(t["report.find-out"]);
        foreach (var element in model.FindOut.Take(5)) Line($"  {Named(element)}: {pack[$"elements.{element.Element.Id}.questions.0"]}");
        if (model.FindOut.Count == 0) Line($"  {t["report.no-find-out"]}");

        Line();
        Line($"{t["report.record-pack"]}: {of.Input.Pack.Id} {of.Input.Pack.Version} {of.Input.Pack.Hash[..12]}… · {t["report.record-inputs"]}: {of.Input.Hash()[..12]}… · "
            + $"{t["report.record-seed"]}: {of.Input.Seed} · {t["report.record-draws"]}: {of.Input.Draws} · Michi {model.ProgramVersion}");
        return text.ToString();

        string Named(DiagnosedElement element) => $"{element.Element.Id} {model.NameOf(element)}";
    }

    private static string Bar(double share) => new string('█', (int)Math.Round(20 * share)).PadRight(20, '·');
}
