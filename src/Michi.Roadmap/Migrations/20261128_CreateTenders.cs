using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace Michi.Roadmap.Migrations;

[DbContext(typeof(RoadmapDb))]
[Migration("20261128_CreateTenders")]
internal sealed class CreateTenders : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder)
    {
        migrationBuilder.CreateTable("roadmap_tenders", t => new
        {
            ProcurementId = t.Column<Guid>(),
            PlaceId = t.Column<Guid>(),
            State = t.Column<string>(),
            Version = t.Column<int>(),
            Currency = t.Column<string>(),
            PublishedAt = t.Column<long>(),
            Deadline = t.Column<long>(),
            Plan = t.Column<string>(nullable: true),
            PlanHash = t.Column<string>(nullable: true),
            PlanFrozenAt = t.Column<long>(nullable: true),
            Round = t.Column<int>(),
            Seal = t.Column<string>(nullable: true),
            SealedAt = t.Column<long>(nullable: true),
            Decisions = t.Column<string>(),
            CancelReason = t.Column<string>(nullable: true),
            CancelledAt = t.Column<long>(nullable: true),
            ChangedAt = t.Column<long>(),
            ChangedBy = t.Column<string>(),
        }, constraints: t => t.PrimaryKey("PK_roadmap_tenders", p => p.ProcurementId));
        migrationBuilder.CreateIndex("IX_roadmap_tenders_PlaceId", "roadmap_tenders", "PlaceId");

        migrationBuilder.CreateTable("roadmap_bidders", t => new
        {
            Id = t.Column<Guid>(),
            ProcurementId = t.Column<Guid>(),
            Number = t.Column<int>(),
            Name = t.Column<string>(),
            Country = t.Column<string>(),
            Consortium = t.Column<string>(),
            ReceivedAt = t.Column<long>(),
            IsLate = t.Column<bool>(),
            Commitment = t.Column<string>(nullable: true),
            Exclusion = t.Column<string>(nullable: true),
            Price = t.Column<decimal>(nullable: true),
            Nonce = t.Column<string>(nullable: true),
            PriceAt = t.Column<long>(nullable: true),
        }, constraints: t => t.PrimaryKey("PK_roadmap_bidders", b => b.Id));
        migrationBuilder.CreateIndex("IX_roadmap_bidders_ProcurementId_Number", "roadmap_bidders", ["ProcurementId", "Number"], unique: true);

        migrationBuilder.CreateTable("roadmap_evaluators", t => new
        {
            Id = t.Column<Guid>(),
            ProcurementId = t.Column<Guid>(),
            Name = t.Column<string>(),
            LinkHash = t.Column<string>(),
            InvitedAt = t.Column<long>(),
            Declarations = t.Column<string>(),
            Done = t.Column<int>(),
            RemovedAt = t.Column<long>(nullable: true),
        }, constraints: t => t.PrimaryKey("PK_roadmap_evaluators", e => e.Id));
        migrationBuilder.CreateIndex("IX_roadmap_evaluators_ProcurementId", "roadmap_evaluators", "ProcurementId");
        migrationBuilder.CreateIndex("IX_roadmap_evaluators_LinkHash", "roadmap_evaluators", "LinkHash", unique: true);

        migrationBuilder.CreateTable("roadmap_bidscores", t => new
        {
            Id = t.Column<Guid>(),
            ProcurementId = t.Column<Guid>(),
            EvaluatorId = t.Column<Guid>(),
            BidderId = t.Column<Guid>(),
            Criterion = t.Column<string>(),
            Round = t.Column<int>(),
            Points = t.Column<int>(),
            Reason = t.Column<string>(),
            At = t.Column<long>(),
        }, constraints: t => t.PrimaryKey("PK_roadmap_bidscores", s => s.Id));
        migrationBuilder.CreateIndex("IX_roadmap_bidscores_ProcurementId", "roadmap_bidscores", "ProcurementId");
        migrationBuilder.CreateIndex("IX_roadmap_bidscores_EvaluatorId_BidderId_Criterion_Round", "roadmap_bidscores", ["EvaluatorId", "BidderId", "Criterion", "Round"], unique: true);
    }
}
