using System.Globalization;
using Michi.Approach;
using Michi.Platform;
using Michi.Platform.Accounts;
using Michi.Platform.Tables;
using Microsoft.AspNetCore.Mvc;

namespace Michi.Roadmap.Procurement;

/// <summary>The way of a tender from publication to award: bids, evaluators, technical close, prices, decision.</summary>
[Allow(Right.Plan)]
internal sealed class TenderPage(ProcurementBook book, ProcurementTemplates templates, TenderBook tenders, TenderSteps steps, PlatformOptions options) : ProcurementPage(book, templates)
{
    private const string LinkKey = "evaluator-link";
    public const int DefaultStandstill = 10;

    public TenderCase Case { get; private set; } = null!;

    /// <summary>What was typed into the form that was refused.</summary>
    public Dictionary<string, string> Given { get; } = [];

    /// <summary>A link made by the request before this one, shown this once.</summary>
    public (string Name, string Link)? Link { get; private set; }

    /// <summary>How many things the terms of reference lack.</summary>
    public int Missing => TermsCheck.Of(Facts, Templates, Lang).Count(f => f.IsMissing);

    public async Task OnGetAsync(CancellationToken cancel)
    {
        await LoadAsync(cancel);
        // The browser kept the secret, encrypted, from the request that made it to this one.
        if (TempData[LinkKey] is string made && made.Split(' ') is [var id, var secret] && Case.Evaluators.FirstOrDefault(e => e.Evaluator.Id.ToString() == id)?.Evaluator is { } evaluator)
            Link = (evaluator.Name, $"{Request.Scheme}://{Request.Host}{At($"evaluate/{secret}")}");
    }

    public async Task<IActionResult> OnPostPublishAsync(int version, string? deadline, CancellationToken cancel)
    {
        Give(("deadline", deadline));
        return await AfterAsync(await steps.PublishAsync(Place, Procurement.Id, version, deadline, cancel), "published", "bids", cancel);
    }

    public async Task<IActionResult> OnPostBidAsync(int version, string? name, string? country, string? consortium, string? receivedAt, string? commitment, CancellationToken cancel)
    {
        Give(("name", name), ("country", country), ("consortium", consortium), ("receivedAt", receivedAt), ("commitment", commitment));
        return await AfterAsync(await steps.RegisterBidAsync(Place, Procurement.Id, version, new(name, country, consortium, receivedAt, commitment), cancel), "bid", "bids", cancel);
    }

    public async Task<IActionResult> OnPostExcludeAsync(int version, int number, string? reason, CancellationToken cancel)
    {
        var form = $"exclude-{number}";
        Give(($"{form}-reason", reason));
        return await AfterAsync(await steps.ExcludeAsync(Place, Procurement.Id, version, number, reason, cancel), "excluded", "bids", cancel, ("reason", $"{form}-reason"), ("number", $"{form}-reason"));
    }

    public async Task<IActionResult> OnPostInviteAsync(int version, string? evaluator, CancellationToken cancel)
    {
        Give(("evaluator", evaluator));
        return await AfterAsync(await steps.InviteAsync(Place, Procurement.Id, version, evaluator, cancel), "invited", "evaluators", cancel);
    }

    public async Task<IActionResult> OnPostRenewAsync(int version, Guid evaluator, CancellationToken cancel) =>
        await AfterAsync(await steps.RenewLinkAsync(Place, Procurement.Id, version, evaluator, cancel), "renewed", "evaluators", cancel);

    public async Task<IActionResult> OnPostRemoveAsync(int version, Guid evaluator, string? reason, CancellationToken cancel)
    {
        var form = $"remove-{evaluator}";
        Give(($"{form}-reason", reason));
        return await AfterAsync(await steps.RemoveEvaluatorAsync(Place, Procurement.Id, version, evaluator, reason, cancel), "removed", "evaluators", cancel, ("reason", $"{form}-reason"));
    }

    public async Task<IActionResult> OnPostStartAsync(int version, CancellationToken cancel) =>
        await AfterAsync(await steps.StartAsync(Place, Procurement.Id, version, cancel), "begun", "step", cancel);

    public async Task<IActionResult> OnPostSecondRoundAsync(int version, CancellationToken cancel) =>
        await AfterAsync(await steps.SecondRoundAsync(Place, Procurement.Id, version, cancel), "second", "step", cancel);

    public async Task<IActionResult> OnPostCloseAsync(int version, CancellationToken cancel) =>
        await AfterAsync(await steps.CloseAsync(Place, Procurement.Id, version, cancel), "closed", "sealed", cancel);

    public async Task<IActionResult> OnPostOpenPricesAsync(int version, CancellationToken cancel) =>
        await AfterAsync(await steps.OpenPricesAsync(Place, Procurement.Id, version, cancel), "opened", "prices", cancel);

    public async Task<IActionResult> OnPostPriceAsync(int version, int number, string? price, string? nonce, CancellationToken cancel)
    {
        Give(($"price-{number}", price), ($"nonce-{number}", nonce));
        var check = new InputCheck();
        var amount = check.Number("price", price, 0, TenderSteps.MaxPrice);
        return await AfterAsync(check.IsSound ? await steps.EnterPriceAsync(Place, Procurement.Id, version, number, amount, nonce, cancel) : new(422, check.Faults), "priced", "prices", cancel, ("price", $"price-{number}"), ("nonce", $"nonce-{number}"));
    }

    public async Task<IActionResult> OnPostProposeAsync(int version, int bid, string? reason, string? standstill, CancellationToken cancel)
    {
        Give(("propose-reason", reason), ("standstill", standstill));
        var check = new InputCheck();
        var days = check.Number("standstill", standstill, 0, TenderSteps.MaxStandstill, whole: true);
        return await AfterAsync(check.IsSound ? await steps.ProposeAsync(Place, Procurement.Id, version, bid, reason, days, cancel) : new(422, check.Faults), "proposed", "award", cancel, ("reason", "propose-reason"));
    }

    public async Task<IActionResult> OnPostAwardAsync(int version, CancellationToken cancel) =>
        await AfterAsync(await steps.AwardAsync(Place, Procurement.Id, version, cancel), "awarded", "award", cancel);

    public async Task<IActionResult> OnPostDeclineAsync(int version, string? reason, CancellationToken cancel)
    {
        Give(("decline-reason", reason));
        return await AfterAsync(await steps.DeclineAsync(Place, Procurement.Id, version, reason, cancel), "declined", "award", cancel, ("reason", "decline-reason"));
    }

    public async Task<IActionResult> OnPostCancelAsync(int version, string? reason, CancellationToken cancel)
    {
        Give(("cancel-reason", reason));
        return await AfterAsync(await steps.CancelAsync(Place, Procurement.Id, version, reason, cancel), "cancelled", "step", cancel, ("reason", "cancel-reason"));
    }

    public async Task<IActionResult> OnGetTableAsync(string? format, string? table, CancellationToken cancel)
    {
        await LoadAsync(cancel);
        if (!Case.IsClosed) return NotFound();
        return table switch
        {
            "means" => TableDownload.Answer(format, $"{Place.Slug}-technical-scores", TenderTables.Means(Case, T, Criterion)),
            "scores" => TableDownload.Answer(format, $"{Place.Slug}-scores", TenderTables.Scores(Case, T, Criterion)),
            "ranking" => TableDownload.Answer(format, $"{Place.Slug}-ranking", TenderTables.Ranking(Case, T)),
            _ => NotFound(),
        };
    }

    /// <summary>The release of the Open Contracting Data Standard.</summary>
    public async Task<IActionResult> OnGetOcdsAsync(CancellationToken cancel)
    {
        await LoadAsync(cancel);
        return Case.IsIntact ? OcdsRelease.File(Case, options.OcidPrefix, T, Request) : NotFound();
    }

    /// <summary>What was sealed, byte by byte, so that anybody can compute its SHA-256.</summary>
    public async Task<IActionResult> OnGetSealedAsync(CancellationToken cancel)
    {
        await LoadAsync(cancel);
        return Case.IsClosed && await tenders.SealedAsync(Case, cancel) is { } text ? File(System.Text.Encoding.UTF8.GetBytes(text), "application/json", $"{Place.Slug}-sealed-scores.json") : NotFound();
    }

    /// <summary>The evaluation report.</summary>
    public async Task<IActionResult> OnGetReportAsync(CancellationToken cancel)
    {
        await LoadAsync(cancel);
        return Case.IsClosed ? File(EvaluationDocument.Of(this), "application/vnd.openxmlformats-officedocument.wordprocessingml.document", $"{Place.Slug}-evaluation-report-{Lang}.docx") : NotFound();
    }

    /// <summary>A number as a form's field takes it.</summary>
    public static string Plain(decimal? number) => number?.ToString("0.##", CultureInfo.InvariantCulture) ?? "";

    public string Amount(decimal number) => $"{Case.Tender!.Currency} {number.ToString("#,0.##", T.Culture)}";

    public string Score(decimal? number) => number?.ToString("0.####", T.Culture) ?? "–";

    /// <summary>A country's name by its code.</summary>
    public string CountryName(string code) => T.Find($"countries.{code}") ?? code;

    /// <summary>What a declaration of conflicts comes to, before anything is scored.</summary>
    public string Declared(Evaluator evaluator)
    {
        var standing = Case.Bidders.Where(b => b.Stands).ToList();
        if (evaluator.Declarations.Count == 0 || !standing.All(evaluator.HasDeclared)) return T["tender.declared-not"];
        var conflicts = standing.Where(b => !evaluator.MayScore(b)).ToList();
        return conflicts.Count == 0 ? T["tender.declared-none"] : T["tender.declared-conflict", string.Join(T["list.separator"], conflicts.Select(b => $"{b.Name} ({evaluator.Declarations[Evaluator.Key(b)]})"))];
    }

    private void Give(params (string Field, string? Value)[] fields)
    {
        foreach (var (field, value) in fields) Given[field] = value ?? "";
    }

    private async Task LoadAsync(CancellationToken cancel)
    {
        Case = (await tenders.ReadAsync(Place, Procurement.Id, cancel))!;
        Version = Case.Version;
    }

    /// <param name="ids">Fields that several forms of the page have, with the id in the form that was sent.</param>
    private async Task<IActionResult> AfterAsync(StepTaken taken, string said, string anchor, CancellationToken cancel, params (string Field, string Id)[] ids)
    {
        if (taken.Status == 404) return NotFound();
        if (taken.IsDone)
        {
            if (taken.Secret is { } secret) TempData[LinkKey] = $"{taken.Evaluator} {secret}";
            Say(T[$"tender.said.{said}"]);
            return Redirect($"{Within("tender")}#{anchor}");
        }
        await LoadAsync(cancel);
        Errors.AddRange(taken.Faults.Select(f => (ids.FirstOrDefault(i => i.Field == f.Field).Id ?? f.Field, f.Sentence(T))));
        Response.StatusCode = taken.Status;
        return Page();
    }
}
