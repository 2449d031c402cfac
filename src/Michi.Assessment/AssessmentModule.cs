using System.Net;
using System.Threading.RateLimiting;
using Michi.Assessment.Compare;
using Michi.Assessment.Evidence;
using Michi.Assessment.Exchange;
using Michi.Assessment.Indices;
using Michi.Assessment.Profiles;
using Michi.Assessment.Reports;
using Michi.Assessment.Rounds;
using Michi.Platform.Layout;
using Michi.Platform.Places;
using Michi.Platform.Storage;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.RateLimiting;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Michi.Assessment;

/// <summary>The door of assessment: evidence, rating rounds, profile, stage and direction, programmes, report.</summary>
public static class AssessmentModule
{
    /// <summary>The rate limit policy for saving ratings: wide enough for a workshop behind one address, where all save at once.</summary>
    internal const string RatingsLimit = "ratings";

    public static IServiceCollection AddAssessment(this IServiceCollection services, Database database)
    {
        services.AddDbContext<AssessmentDb>(o => database.Configure(o, "assessment"));
        services.AddScoped<ModuleDb>(s => s.GetRequiredService<AssessmentDb>());
        services.AddScoped<EvidenceBook>();
        services.AddScoped<PlaceDiagnosis>();
        services.AddScoped(s => new Diagnoses(s.GetRequiredService<PlaceDiagnosis>()));
        services.AddSingleton<DiagnosisCache>();
        services.AddScoped<ProfileTable>();
        services.AddScoped<DiagnosisChoices>();
        services.AddScoped<ImportPlaceFile>();
        services.AddScoped<ExportPlaceFile>();
        services.AddScoped<IndexBook>();
        services.AddSingleton<BuiltIndices>();
        services.AddScoped<SaveEvidence>();
        services.AddScoped<ReportBook>();
        services.AddScoped<ShareBook>();
        services.AddSingleton<ReportFile>();
        services.AddSingleton<ProfileQueue>();
        services.AddHostedService(s => s.GetRequiredService<ProfileQueue>());
        services.AddSingleton(new PlaceTab("diagnose", "", "tabs.overview"));
        services.AddSingleton(new PlaceTab("diagnose", "cities", "tabs.cities", Only: PlaceKind.Country));
        services.AddSingleton(new PlaceTab("diagnose", "evidence", "tabs.evidence"));
        services.AddSingleton(new PlaceTab("diagnose", "profile", "tabs.profile"));
        services.AddSingleton(new PlaceTab("diagnose", "rounds", "tabs.rounds"));
        services.AddSingleton(new PlaceTab("diagnose", "find-out", "tabs.find-out"));
        services.AddSingleton(new PlaceTab("diagnose", "report", "report.tab"));
        services.AddSingleton(new PlaceTab("diagnose", "indices", "tabs.indices", Only: PlaceKind.Country));
        services.AddSingleton(new PlaceTab("direct", "position", "tabs.position"));
        services.AddSingleton(new PlaceTab("direct", "programmes", "tabs.programmes"));
        services.AddSingleton(new PlaceTab("direct", "similar", "tabs.similar"));
        services.AddScoped<RoundBook>();
        services.AddSingleton<AgreementCache>();
        services.Configure<RateLimiterOptions>(o => o.AddPolicy(RatingsLimit, http => HttpMethods.IsGet(http.Request.Method)
            ? RateLimitPartition.GetNoLimiter(IPAddress.None)
            : RateLimitPartition.GetFixedWindowLimiter(http.Connection.RemoteIpAddress ?? IPAddress.None, _ => new() { PermitLimit = 600, Window = TimeSpan.FromMinutes(1) })));
        services.AddValidation();
        services.AddRazorPages().AddApplicationPart(typeof(AssessmentModule).Assembly);
        return services;
    }

    /// <summary>Adds the module's API. Called once at start, after <c>UsePlatform</c>.</summary>
    public static void MapAssessment(this IEndpointRouteBuilder routes)
    {
        ListEvidence.Map(routes);
        PutEvidence.Map(routes);
        ListCities.Map(routes);
        ShowChanges.Map(routes);
        ImportIntoPlace.Map(routes);
        ExportPlace.Map(routes);
        ListIndices.Map(routes);
        ShowIndex.Map(routes);
        PutIndex.Map(routes);
        GetReport.Map(routes);
        ShareReport.Map(routes);
        var assessments = routes.MapGroup("/api/places/{place}/assessments");
        ShowAssessments.Map(assessments);
        StartAssessment.Map(assessments);
        InviteAssessors.Map(assessments);
        RenewLink.Map(assessments);
        RemoveAssessor.Map(assessments);
        OpenRound.Map(assessments);
        CloseRound.Map(assessments);
        RecordConsensus.Map(assessments);
        var rate = routes.MapGroup("/api/rate");
        ShowOwnRatings.Map(rate);
        SaveRating.Map(rate);
        ExportResults.Map(routes);
    }

    /// <summary>Imports a sample or survey file; what the program does on the command line.</summary>
    public static async Task<Imported> ImportAsync(this IServiceProvider services, PlaceFileReading reading, ImportRules rules, IProgress<double>? progress, CancellationToken cancel)
    {
        await using var scope = services.CreateAsyncScope();
        return await scope.ServiceProvider.GetRequiredService<ImportPlaceFile>().RunAsync(reading, rules, progress, cancel);
    }

    /// <summary>Everything about a place as a file; null where there is no such place.</summary>
    /// <param name="withFiles">Whether attached files go along.</param>
    /// <exception cref="InvalidDataException">The attached files are too large for one file.</exception>
    public static async Task<PlaceFile?> ExportAsync(this IServiceProvider services, string slug, bool withFiles, CancellationToken cancel)
    {
        await using var scope = services.CreateAsyncScope();
        if (await scope.ServiceProvider.GetRequiredService<PlaceDirectory>().FindAsync(slug, cancel) is not { } place) return null;
        return await scope.ServiceProvider.GetRequiredService<ExportPlaceFile>().AllAsync(place, withFiles, cancel)
            ?? throw new InvalidDataException($"The attached files have more than {ExportPlaceFile.MaxAttachedBytes / 1_000_000} MB.");
    }
}
