using System.Globalization;
using Michi.Approach;
using Michi.Platform;
using Michi.Platform.Accounts;
using Microsoft.AspNetCore.Mvc;

namespace Michi.Roadmap.Procurement;

/// <summary>The form for method, minimum and weights.</summary>
[Allow(Right.Plan)]
internal sealed class EditPlanPage(ProcurementBook book, ProcurementTemplates templates) : ProcurementPage(book, templates)
{
    public static readonly string[] Methods = ["qcbs", "qbs"];

    /// <summary>What stands in the fields, by name.</summary>
    public Dictionary<string, string> Given { get; private set; } = [];

    /// <summary>Where the newest version differs from what was typed.</summary>
    public IEnumerable<string> Newest => Fields(Facts.Plan).Where(f => Given.GetValueOrDefault(f.Key) != f.Value).Select(f => $"{LabelOf(f.Key)}: {(f.Key == "method" ? T[$"procurement.methods.{f.Value}"] : f.Value)}");

    public void OnGet() => Given = Fields(Facts.Plan);

    public async Task<IActionResult> OnPostAsync(int version, CancellationToken cancel)
    {
        var form = await Request.ReadFormAsync(cancel);
        Version = version;
        Given = Fields(Facts.Plan).ToDictionary(f => f.Key, f => form[f.Key].ToString().Trim());
        var check = new InputCheck();
        var method = check.Choice("method", Given["method"], Methods);
        var minimum = check.Number("minimum", Given["minimum"], 0, 100) ?? 0;
        // Quality alone decides: the price has no weight.
        var technical = method == "qbs" ? 100 : check.Number("technical", Given["technical"], 1, 99) ?? 0;
        var evaluators = (int)(check.Number("evaluators", Given["evaluators"], EvaluationPlan.LeastEvaluators, EvaluationPlan.MostEvaluators, whole: true) ?? 0);
        var threshold = check.Number("threshold", Given["threshold"], 0, 100) ?? 0;
        var weights = Facts.Plan.Weights.Keys.ToDictionary(k => k, k => check.Number($"weight-{k.Replace('.', '-')}", Given[$"weight.{k}"], 0, 100) ?? 0);
        if (check.IsSound)
        {
            foreach (var group in weights.GroupBy(w => w.Key.Contains('.', StringComparison.Ordinal) ? w.Key.Split('.')[0] : "").Where(g => g.Sum(w => (decimal)w.Value) != 100))
                check.Refuse($"weight-{group.First().Key.Replace('.', '-')}", "weights-100", group.Sum(w => (decimal)w.Value));
        }
        if (!check.IsSound) return Again(check.Faults);
        return await SaveAsync(version, "plan", "method", facts => facts with { Plan = facts.Plan with { Method = method, Minimum = minimum, TechnicalWeight = technical, Weights = weights, Evaluators = evaluators, Threshold = threshold } }, cancel);
    }

    private string LabelOf(string field) => field switch
    {
        "method" => T["procurement.method"],
        "technical" => T["procurement.technical-weight"],
        "minimum" => T["procurement.minimum"],
        "evaluators" => T["procurement.evaluators"],
        "threshold" => T["procurement.threshold"],
        _ => Criterion(field["weight.".Length..]),
    };

    private static Dictionary<string, string> Fields(EvaluationPlan plan)
    {
        string Shown(double number) => number.ToString("0.####", CultureInfo.InvariantCulture);
        return new([new("method", plan.Method), new("technical", Shown(plan.TechnicalWeight)), new("minimum", Shown(plan.Minimum)),
            new("evaluators", Shown(plan.Evaluators)), new("threshold", Shown(plan.Threshold)), .. plan.Weights.Select(w => KeyValuePair.Create($"weight.{w.Key}", Shown(w.Value)))]);
    }
}
