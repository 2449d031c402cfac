using System.Globalization;
using Michi.Approach;
using Michi.Platform;
using Michi.Platform.Accounts;
using Microsoft.AspNetCore.Mvc;

namespace Michi.Roadmap.Procurement;

/// <summary>The form for the outputs, in the page's language; texts in the others stay.</summary>
[Allow(Right.Plan)]
internal sealed class EditOutputsPage(ProcurementBook book, ProcurementTemplates templates) : ProcurementPage(book, templates)
{
    public const int Most = 40;

    /// <param name="Was">Which output of the version it is based on; empty for a new one.</param>
    public sealed record Row(string Was, string Name, string Month, string Acceptance);

    public List<Row> Rows { get; private set; } = [];

    public void OnGet() => Rows =
    [
        .. Facts.Outputs.Select((o, i) => new Row(i.ToString(CultureInfo.InvariantCulture), TextIn(o.Names), o.Month?.ToString(CultureInfo.InvariantCulture) ?? "", TextIn(o.Acceptance))),
        new("", "", "", ""),
    ];

    public async Task<IActionResult> OnPostAsync(int version, string[] was, string[] name, string[] month, string[] acceptance, CancellationToken cancel)
    {
        Version = version;
        var rows = new[] { was.Length, name.Length, month.Length, acceptance.Length }.Min();
        Rows = [.. Enumerable.Range(0, Math.Min(rows, Most + 1)).Select(i => new Row(was[i] ?? "", name[i] ?? "", month[i] ?? "", acceptance[i] ?? ""))];
        var check = new InputCheck();
        if (rows > Most) check.Refuse("name-0", "range", rows, 0, Most);
        var outputs = new List<TermsOutput>();
        foreach (var (i, row) in Rows.Index())
        {
            // A row left empty is taken away.
            if (string.IsNullOrWhiteSpace(row.Name + row.Month + row.Acceptance)) continue;
            var before = int.TryParse(row.Was, CultureInfo.InvariantCulture, out var at) && at >= 0 && at < Facts.Outputs.Count ? Facts.Outputs[at] : new([], null, []);
            var (title, tested) = (check.Line($"name-{i}", row.Name, 300), check.Text($"acceptance-{i}", row.Acceptance, 2000, required: false));
            var due = (int?)check.Number($"month-{i}", row.Month, 1, 240, required: false, whole: true);
            outputs.Add(new(With(before.Names, title), due, With(before.Acceptance, tested)));
        }
        if (!check.IsSound) return Again(check.Faults);
        return await SaveAsync(version, "outputs", "name-0", facts => facts with { Outputs = outputs }, cancel);
    }

    // What the form showed in place of a missing text is not a text of this language.
    private Dictionary<string, string> With(Dictionary<string, string> before, string text)
    {
        if (!before.ContainsKey(Lang) && text == TextIn(before)) return before;
        var texts = new Dictionary<string, string>(before);
        if (text.Length > 0) texts[Lang] = text;
        else texts.Remove(Lang);
        return texts;
    }
}
