using Michi.Approach;
using Michi.Platform;
using Microsoft.AspNetCore.Mvc.Filters;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace Michi.Assessment.Rounds;

/// <summary>Base of the pages behind an assessor's link; an unknown, a removed and an expired link are told apart by nothing.</summary>
internal abstract class RatePage(RoundBook book) : MichiPage
{
    protected RoundBook Book => book;

    public AssessorPass Pass { get; protected set; } = null!;

    /// <summary>Texts of the pack the assessment is made with.</summary>
    public PackWords Names => Pass.Pack.Words(Lang);

    /// <summary>The results of the closed rounds.</summary>
    public AssessmentResults Results { get; protected set; } = null!;

    /// <summary>The last closed round; null in the first.</summary>
    public RoundResult? Last => Results.Last;

    /// <summary>Own answers in the open round.</summary>
    public Dictionary<string, Rating> Own { get; private set; } = [];

    /// <summary>Own answers in the round before.</summary>
    public Dictionary<string, Rating> Earlier { get; private set; } = [];

    /// <summary>The elements in the order they are walked through: the pack's, then, once a round is closed, where people disagree most first.</summary>
    public IReadOnlyList<Element> Walk => Last is null ? Pass.Pack.Elements : [.. Last.ByDisagreement.Select(e => e.Element)];

    /// <summary>The address of a page behind this link.</summary>
    public string Within(string path = "") => At(path.Length == 0 ? $"rate/{Secret}" : $"rate/{Secret}/{path}");

    /// <summary>The next element without an answer after one, round the walk; null where all are answered.</summary>
    public Element? NextAfter(Element? element)
    {
        var from = element is null ? 0 : Walk.Index().First(w => w.Item.Id == element.Id).Index + 1;
        return Walk.Skip(from).Concat(Walk.Take(from)).FirstOrDefault(e => !Own.ContainsKey(e.Id));
    }

    private string Secret => (string)RouteData.Values["secret"]!;

    [NonHandler]
    public override async Task OnPageHandlerExecutionAsync(PageHandlerExecutingContext context, PageHandlerExecutionDelegate next)
    {
        if (await LoadAsync(HttpContext.RequestAborted)) await next();
        else context.Result = NotFound();
    }

    protected async Task<bool> LoadAsync(CancellationToken cancel)
    {
        if (await book.PassAsync(Secret, cancel) is not { } pass) return false;
        Pass = pass;
        Results = await book.ResultsAsync(pass.Assessment, cancel);
        Own = pass.Open is { } open ? await book.OwnAsync(open.Id, pass.Assessor.Id, cancel) : [];
        Earlier = Last is { } last ? await book.OwnAsync(last.Round.Id, pass.Assessor.Id, cancel) : [];
        return true;
    }
}
