using Michi.Platform.Places;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Authorization.Policy;
using Microsoft.AspNetCore.Http;

namespace Michi.Platform.Accounts;

/// <summary>What a page or endpoint asks of its reader. Rights at a place follow from roles there or above it.</summary>
public enum Right
{
    /// <summary>Nothing: sign-in, home, static texts.</summary>
    Anyone,
    /// <summary>An account.</summary>
    SignedIn,
    /// <summary>See the place: anyone if it is public, otherwise any role.</summary>
    ViewPlace,
    /// <summary>Add and change evidence, facts, attachments; see what is marked internal.</summary>
    Contribute,
    /// <summary>Run rating rounds, record consensus, share reports.</summary>
    Facilitate,
    /// <summary>Change the place itself, its roles and what lies below it.</summary>
    ManagePlace,
    /// <summary>Administer the whole installation.</summary>
    Administer,
}

/// <summary>Declares the right a page or endpoint needs. One without it is refused to everyone.</summary>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Method)]
public sealed class AllowAttribute(Right right) : Attribute, IAuthorizeData, IAuthorizationRequirementData
{
    public Right Right => right;
    public string? Policy { get; set; }
    public string? Roles { get; set; }
    public string? AuthenticationSchemes { get; set; }

    public IEnumerable<IAuthorizationRequirement> GetRequirements() => [new RightRequirement(right)];
}

internal sealed record RightRequirement(Right Right) : IAuthorizationRequirement;

/// <summary>Decides a right from the reader's roles and the place named in the route.</summary>
internal sealed class RightHandler(IHttpContextAccessor http, Reader reader, PlaceDirectory places) : AuthorizationHandler<RightRequirement>
{
    protected override async Task HandleRequirementAsync(AuthorizationHandlerContext context, RightRequirement requirement)
    {
        var request = http.HttpContext!;
        Place? place = null;
        if (request.Request.RouteValues["place"] is string slug)
        {
            place = await places.FindAsync(slug, request.RequestAborted);
            if (place is null) { request.Items[NotFound] = true; return; }
            request.Items[typeof(Place)] = place;
        }
        if (await reader.CanAsync(requirement.Right, place, request.RequestAborted)) context.Succeed(requirement);
        // Whoever may not even see a place does not learn that it exists.
        else if (place is not null && !await reader.CanAsync(Right.ViewPlace, place, request.RequestAborted)) request.Items[NotFound] = true;
    }

    public static readonly object NotFound = new();
}

/// <summary>Answers 404 instead of 403 where a place is unknown or may not be known.</summary>
internal sealed class RefusalHandler : IAuthorizationMiddlewareResultHandler
{
    private readonly AuthorizationMiddlewareResultHandler _otherwise = new();

    public Task HandleAsync(RequestDelegate next, HttpContext context, AuthorizationPolicy policy, PolicyAuthorizationResult authorizeResult)
    {
        if (!authorizeResult.Succeeded && context.Items.ContainsKey(RightHandler.NotFound))
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return Task.CompletedTask;
        }
        return _otherwise.HandleAsync(next, context, policy, authorizeResult);
    }
}
