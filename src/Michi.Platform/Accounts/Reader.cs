using System.Security.Claims;
using Michi.Platform.Places;
using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;

namespace Michi.Platform.Accounts;

/// <summary>Who is asking, and what they may do. One for each request.</summary>
public sealed class Reader
{
    private readonly IHttpContextAccessor _http;
    private readonly PlatformDb _db;
    private readonly PlaceDirectory _places;
    private List<Grant>? _grants;

    internal Reader(IHttpContextAccessor http, PlatformDb db, PlaceDirectory places) => (_http, _db, _places) = (http, db, places);

    private ClaimsPrincipal? User => _http.HttpContext?.User;

    /// <summary>The account that is signed in, by cookie or token; null for an anonymous reader.</summary>
    public Guid? AccountId => User?.FindFirstValue(ClaimTypes.NameIdentifier) is { } id ? Guid.Parse(id) : null;

    public bool IsSignedIn => AccountId is not null;

    /// <summary>The reader's name; for a job of the command line, <c>command line</c>.</summary>
    public string Name => User?.Identity?.Name ?? (_http.HttpContext is null ? "command line" : "anonymous");

    /// <summary>Whether the reader has a right, at a place where the right is one of places.</summary>
    public async ValueTask<bool> CanAsync(Right right, Place? place, CancellationToken cancel)
    {
        if (right == Right.Anyone) return true;
        // A token with the scope "read" changes nothing, whatever its account may do.
        if (right != Right.ViewPlace && User?.FindFirstValue("scope") == "read" && _http.HttpContext is { } http && !HttpMethods.IsGet(http.Request.Method) && !HttpMethods.IsHead(http.Request.Method)) return false;
        if (right == Right.ViewPlace && place is { IsPublic: true }) return true;
        if (AccountId is not { } account) return false;
        if (right == Right.SignedIn) return true;
        if (place is null && right != Right.Administer) return false;
        var grants = await GrantsAsync(account, cancel);
        if (grants.Count == 0) return false;
        var chain = place is null ? [] : await _places.ChainAsync(place, cancel);
        return grants.Any(g => (g.PlaceId is null || (right != Right.Administer && chain.Any(p => p.Id == g.PlaceId))) && Gives(g.Role, right));
    }

    /// <summary>The places at which the reader has a right, in order of slug.</summary>
    public async Task<IReadOnlyList<PlaceItem>> PlacesAsync(Right right, CancellationToken cancel)
    {
        var all = await _places.ItemsAsync(cancel);
        var grants = AccountId is { } account ? await GrantsAsync(account, cancel) : [];
        var given = grants.Where(g => Gives(g.Role, right)).Select(g => g.PlaceId).ToHashSet();
        if (given.Contains(null)) return all;
        var parents = all.ToDictionary(p => p.Id, p => p.ParentId);
        return [.. all.Where(p => (right == Right.ViewPlace && p.IsPublic) || IsGiven(p.Id))];

        bool IsGiven(Guid? id)
        {
            for (var depth = 0; id is { } place && depth < 4; depth++, id = parents.GetValueOrDefault(place))
                if (given.Contains(place)) return true;
            return false;
        }
    }

    /// <summary>The places directly below one that the reader may see, in order of slug; asks the database once for all of them.</summary>
    public async Task<IReadOnlyList<PlaceItem>> ChildrenAsync(Place parent, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(parent);
        var below = await _places.ItemsBelowAsync(parent.Id, cancel);
        if (below.All(p => p.IsPublic)) return below;
        // Any role at a place lets one see it and what lies below it.
        var given = AccountId is { } account ? (await GrantsAsync(account, cancel)).Select(g => g.PlaceId).ToHashSet() : [];
        if (given.Count > 0 && (given.Contains(null) || (await _places.ChainAsync(parent, cancel)).Any(p => given.Contains(p.Id)))) return below;
        return [.. below.Where(p => p.IsPublic || given.Contains(p.Id))];
    }

    /// <summary>Whether the reader is an owner somewhere, and so may add places there.</summary>
    internal async Task<bool> IsOwnerAsync(CancellationToken cancel) => AccountId is { } account && (await GrantsAsync(account, cancel)).Any(g => g.Role == Role.Owner);

    private async Task<List<Grant>> GrantsAsync(Guid account, CancellationToken cancel) =>
        _grants ??= await _db.Grants.AsNoTracking().Where(g => g.AccountId == account).ToListAsync(cancel);

    /// <summary>The places the reader has a role at (null among them = everywhere).</summary>
    public async Task<IReadOnlyList<Guid?>> RolePlacesAsync(CancellationToken cancel) =>
        AccountId is not { } account ? [] : await _db.Grants.AsNoTracking().Where(g => g.AccountId == account).Select(g => g.PlaceId).Distinct().ToListAsync(cancel);

    internal static bool Gives(Role role, Right right) => right switch
    {
        Right.ViewPlace => true,
        Right.Contribute => role is Role.Assessor or Role.Planner or Role.Facilitator or Role.Owner,
        Right.Plan => role is Role.Planner or Role.Facilitator or Role.Owner,
        Right.Facilitate => role is Role.Facilitator or Role.Owner,
        Right.ManagePlace or Right.Administer => role is Role.Owner,
        _ => false,
    };
}
